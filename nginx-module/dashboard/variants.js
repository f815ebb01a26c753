// How variants look, and their table. A variant is told by a sign and a dash pattern as well as by
// its colour; one that is called blue is blue.
import {el, keyed, setAttribute, setText} from './dom.js';
import {count, milliseconds, percentOfPpm, percentOfShare, plural, rate} from './words.js';

const kSigns = ['●', '■', '▲', '◆', '★', '✚', '▼', '⬟'];
const kDashes = ['', '7 3', '2 3', '10 3 2 3', '14 4', '1 4', '7 3 2 3 2 3', '4 2'];
const kColors = ['blue', 'orange', 'violet', 'green', 'rose', 'olive', 'sky', 'brown'];
const kNamed = new Set(kColors);
export const kStates = ['open', 'draining', 'closed'];

// In the variants' order: {className, sign, dash}.
export function looksOf(variants) {
  const taken = new Set(variants.map((variant) => variant.name).filter((name) => kNamed.has(name)));
  const free = kColors.filter((color) => !taken.has(color));
  return variants.map((variant, i) => ({
    className: `v-${kNamed.has(variant.name) ? variant.name : free.shift()}`,
    sign: kSigns[i], dash: kDashes[i],
  }));
}

export function label(name, look) {
  return el('span', {class: `variant ${look.className}`},
      el('span', {class: 'sign', 'aria-hidden': 'true'}, look.sign), name);
}

const kColumns = [
  ['variant', 'Variant'], ['weight', 'Weight'], ['rate', 'Requests/s'], ['errors', 'Errors'],
  ['p99', 'p99'], ['flight', 'In flight'],
];

function makeRow(row) {
  const cells = kColumns.map(([key, title]) =>
    el(key === 'variant' ? 'th' : 'td', {
      class: key, 'data-title': title, role: key === 'variant' ? 'rowheader' : 'cell',
      scope: key === 'variant' ? 'row' : null,
    }));
  cells[0].append(label(row.variant.name, row.look));
  return el('tr', {role: 'row'}, ...cells);
}

function weightText({variant, effective}) {
  if (variant.weight_ppm < 0) {
    return 'not in the table';
  }
  const state = variant.state === 0 ? '' : ` · ${kStates[variant.state]}`;
  return effective === variant.weight_ppm ? percentOfPpm(effective) + state
      : `${percentOfPpm(effective)} · set to ${percentOfPpm(variant.weight_ppm)}`;
}

// What the variants get, in ppm: a canary whose traffic was taken away has given it to the baseline.
export function effectiveWeights(split, withheld) {
  const weights = split.variants.map((variant) => variant.weight_ppm);
  const baseline = withheld < 0 ? -1
      : split.variants.findIndex((variant) => variant.name === split.canary.baseline);
  if (withheld >= 0) {
    weights[baseline >= 0 ? baseline : split.default] += weights[withheld];
    weights[withheld] = 0;
  }
  return weights;
}

function flightText(variant) {
  return variant.state === 1 || (variant.weight_ppm <= 0 && variant.in_flight > 0)
      ? `${count(variant.in_flight)} · draining` : count(variant.in_flight);
}

function updateRow(node, row) {
  const now = row.now ?? {rate: null, errors: null, p99: null};
  setText(node.children[1], weightText(row));
  setText(node.children[2], rate(now.rate));
  setText(node.children[3], percentOfShare(now.errors));
  setAttribute(node.children[3], 'data-bad', now.errors > 0.01 ? '' : null);
  setText(node.children[4], milliseconds(now.p99));
  setText(node.children[5], flightText(row.variant));
  setAttribute(node, 'data-withheld', row.withheld ? '' : null);
}

export class VariantTable {
  constructor(place) {
    this.body = el('tbody', {role: 'rowgroup'});
    place.append(el('table', {role: 'table'},
        el('caption', {class: 'unseen'}, 'Variants now'),
        el('thead', {role: 'rowgroup'}, el('tr', {role: 'row'}, ...kColumns.map(([key, title]) =>
          el('th', {class: key, scope: 'col', role: 'columnheader'}, title)))),
        this.body));
  }

  // `latest`: of Series.
  show(split, looks, withheld, latest) {
    const weights = effectiveWeights(split, withheld);
    const rows = split.variants.map((variant, i) => ({
      variant, look: looks[i], withheld: i === withheld, effective: weights[i],
      now: latest?.variants[variant.name],
    }));
    keyed(this.body, rows, (row) => `${split.name} ${row.variant.name} ${row.look.className}`,
        makeRow, updateRow);
  }
}

const kEndpointColumns = ['Address', 'State', 'Attempts', 'Failed', 'In flight'];

function endpointRows(split, looks) {
  return split.variants.flatMap((variant, i) => (variant.endpoints ?? []).map((endpoint) =>
    ({variant, look: looks[i], endpoint})));
}

function makeEndpoint(row) {
  return el('tr', {role: 'row'},
      el('th', {role: 'rowheader', scope: 'row', class: 'address'},
          label('', row.look), el('span', {}, row.endpoint[0]),
          el('span', {class: 'quiet'}, ` ${row.variant.name}`)),
      ...kEndpointColumns.slice(1).map((title) =>
        el('td', {role: 'cell', 'data-title': title})));
}

function updateEndpoint(node, {endpoint: [, attempts, failures, inFlight, avoidedBy]}) {
  setText(node.children[1], avoidedBy > 0
      ? `avoided by ${plural(avoidedBy, 'worker', 'workers')}` : 'ok');
  setAttribute(node.children[1], 'data-bad', avoidedBy > 0 ? '' : null);
  setText(node.children[2], count(attempts));
  setText(node.children[3], count(failures));
  setText(node.children[4], count(inFlight));
}

export class EndpointTable {
  constructor(place) {
    this.body = el('tbody', {role: 'rowgroup'});
    this.table = el('table', {role: 'table', class: 'endpoints'},
        el('caption', {class: 'unseen'}, 'Endpoints'),
        el('thead', {role: 'rowgroup'}, el('tr', {role: 'row'}, ...kEndpointColumns.map((title) =>
          el('th', {scope: 'col', role: 'columnheader'}, title)))),
        this.body);
    this.remark = el('p', {class: 'quiet'});
    place.append(this.table, this.remark);
  }

  show(split, looks) {
    const rows = endpointRows(split, looks);
    this.table.hidden = rows.length === 0;
    keyed(this.body, rows,
        (row) => `${split.name} ${row.variant.name} ${row.endpoint[0]} ${row.look.className}`,
        makeEndpoint, updateEndpoint);
    const upstreams = split.variants.filter((variant) => variant.upstream !== undefined)
        .map((variant) => `${variant.name} is served by upstream ${variant.upstream}`);
    const without = split.variants.filter((variant) => variant.endpoints?.length === 0)
        .map((variant) => `${variant.name} has none`);
    setText(this.remark, [...upstreams, ...without].join(' · '));
  }
}
