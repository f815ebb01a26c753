// An experiment's goals: who saw which variant, who reached the goal, and between which rates the
// truth lies at whatever moment one looks. No verdict: that is `teal ab report`'s, which knows when
// the experiment began.
import {byId, el, keyed, setAttribute, setText} from './dom.js';
import {label} from './variants.js';
import {count, percentOfShare} from './words.js';

const kColumns = ['Visitors', 'Reached', 'Rate', 'Interval'];

function makeGoal({name}) {
  return el('div', {class: 'goal'}, el('h4', {}, `Goal ${name}`),
      el('table', {role: 'table'}, el('caption', {class: 'unseen'}, `Goal ${name}`),
          el('thead', {role: 'rowgroup'}, el('tr', {role: 'row'},
              ...['Variant', ...kColumns].map((title) =>
                el('th', {scope: 'col', role: 'columnheader'}, title)))),
          el('tbody', {role: 'rowgroup'})));
}

function makeRow({variant, look}) {
  return el('tr', {role: 'row'}, el('th', {scope: 'row', role: 'rowheader'},
      label(variant.name, look)),
  ...kColumns.map((title) => el('td', {role: 'cell', 'data-title': title})),
  el('td', {class: 'span', 'aria-hidden': 'true'},
      el('span', {class: `range ${look.className}`}, el('i'))));
}

// All rows of a goal share one scale, from nothing to the highest end.
function updateRow(node, {variant, goal: [reached, low, high], most}) {
  const known = variant.exposures > 0;
  setText(node.children[1], count(variant.exposures));
  setText(node.children[2], count(reached));
  setText(node.children[3], known ? percentOfShare(reached / variant.exposures) : '–');
  setText(node.children[4], known ? `${percentOfShare(low)} to ${percentOfShare(high)}` : '–');
  const range = node.children[5].firstChild;
  range.style.left = `${low / most * 100}%`;
  range.style.right = `${100 - high / most * 100}%`;
  range.hidden = !known;
  range.firstChild.style.left =
      `${high > low ? (reached / variant.exposures - low) / (high - low) * 100 : 50}%`;
}

export class ExperimentCard {
  constructor() {
    this.card = byId('experiment');
    this.goals = byId('goals');
  }

  show(split, looks) {
    const counted = split.variants.filter((variant) => variant.goals !== undefined);
    this.card.hidden = split.goals.length === 0 || counted.length === 0;
    if (this.card.hidden) {
      return;
    }
    keyed(this.goals, split.goals.map((name, index) => ({name, index})),
        ({name}) => `${split.name} ${name}`, makeGoal, (node, {index}) => {
          const rows = split.variants.flatMap((variant, i) => variant.goals === undefined ? [] :
              [{variant, look: looks[i], goal: variant.goals[index]}]);
          const most = Math.max(...rows.filter(({variant}) => variant.exposures > 0)
              .map(({goal}) => goal[2]), 1e-6);
          keyed(node.querySelector('tbody'), rows.map((row) => ({...row, most})),
              ({variant}) => variant.name, makeRow, updateRow);
        });
    setAttribute(this.card, 'data-split', split.name);
  }
}
