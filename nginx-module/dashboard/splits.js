// The list of splits: links, so that the browser's own keys, history and bookmarks work; the arrow
// keys go from one to the next.
import {byId, el, keyed, setAttribute, setText} from './dom.js';
import {kSplitStates} from './canary.js';
import {looksOf} from './variants.js';
import {count, percentOfPpm, rate} from './words.js';

const kFilterFrom = 9;  // splits; fewer are seen at a glance

export function hashOf(name) {
  return `#/${name}`;
}

export function chosenByHash() {
  const match = /^#\/([A-Za-z0-9_]+)$/.exec(location.hash);
  return match === null ? '' : match[1];
}

// Those that want somebody come first, the others as nginx.conf has them.
export function urgency(state) {
  return state === 3 || state === 4 ? 2 : state === 2 ? 1 : 0;
}

function makeEntry([name]) {
  return el('li', {}, el('a', {href: hashOf(name)},
      el('span', {class: 'name'}, name), el('span', {class: 'rate'}),
      el('span', {class: 'bar', 'aria-hidden': 'true'}), el('span', {class: 'state'})));
}

// Wider pieces first: with eight variants the bar shows those that matter.
function updateBar(bar, variants) {
  const looks = looksOf(variants.map(([name]) => ({name})));
  const shape = variants.map(([, weight]) => weight).join();
  if (bar.dataset.shape === shape) {
    return;
  }
  bar.dataset.shape = shape;
  bar.replaceChildren(...variants.flatMap(([, weight], i) => {
    if (weight <= 0) {
      return [];
    }
    const piece = el('i', {class: looks[i].className});
    piece.style.flexGrow = weight;
    return [piece];
  }));
}

export class SplitList {
  constructor() {
    this.nav = byId('splits');
    this.list = byId('split-list');
    this.filter = byId('filter');
    this.entries = [];
    this.filter.addEventListener('input', () => this.applyFilter());
    this.nav.addEventListener('keydown', (event) => this.onKey(event));
  }

  show(all, rates, chosen) {
    const entries = all.slice().sort((a, b) => urgency(b[1]) - urgency(a[1]));
    this.entries = entries;
    this.nav.hidden = entries.length < 2;
    this.filter.hidden = entries.length < kFilterFrom;
    setText(byId('split-count'), count(entries.length));
    keyed(this.list, entries, ([name]) => name, makeEntry, (node, [name, state, variants, held]) => {
      const link = node.firstElementChild;
      setAttribute(link, 'aria-current', name === chosen ? 'page' : null);
      setText(link.children[1], rates.of(name) === null ? '' : `${rate(rates.of(name))}/s`);
      updateBar(link.children[2], variants);
      setText(link.children[3], held === 1 ? 'held' : kSplitStates[state] || variants.filter(([, ppm]) => ppm > 0)
          .map(([variant, ppm]) => `${variant} ${percentOfPpm(ppm)}`).join(', '));
      setAttribute(link, 'data-state', state);
    });
    this.applyFilter();
  }

  applyFilter() {
    const wanted = this.filter.value.trim().toLowerCase();
    let shown = 0;
    this.entries.forEach(([name], i) => {
      const hidden = !name.toLowerCase().includes(wanted);
      this.list.children[i].hidden = hidden;
      shown += hidden ? 0 : 1;
    });
    byId('no-split').hidden = shown > 0;
  }

  onKey(event) {
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (step === undefined) {
      return;
    }
    const stops = [...this.list.querySelectorAll('li:not([hidden]) > a')];
    const at = stops.indexOf(document.activeElement);
    const next = stops[at + step] ?? (at + step < 0 && !this.filter.hidden ? this.filter : null);
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }
}
