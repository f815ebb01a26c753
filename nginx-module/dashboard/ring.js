// The hash ring as a ring: a visitor's hash falls somewhere on it, and gets who is painted there.
import {el, svg, setText, setAttribute} from './dom.js';
import {percentOfPpm} from './words.js';

const kTotal = 1_000_000;
const kRadius = 70;
const kWidth = 22;
const kCenter = 100;

function point(ppm, radius) {
  const angle = (ppm / kTotal) * 2 * Math.PI - Math.PI / 2;
  return `${(kCenter + radius * Math.cos(angle)).toFixed(3)} ` +
      `${(kCenter + radius * Math.sin(angle)).toFixed(3)}`;
}

// A whole ring is two arcs: one arc back to where it began is nothing.
function arc(from, to) {
  const middle = (from + to) / 2;
  return `M ${point(from, kRadius)} A ${kRadius} ${kRadius} 0 0 1 ${point(middle, kRadius)} ` +
      `A ${kRadius} ${kRadius} 0 0 1 ${point(to, kRadius)}`;
}

function pieces(ring) {
  let from = 0;
  const all = ring.map(([to, variant]) => {
    const piece = {from, to, variant};
    from = to;
    return piece;
  });
  return all.filter((piece) => piece.to > piece.from);
}

function drawPiece(piece, looks, withheld, alone) {
  const look = looks[piece.variant];
  const gap = alone ? 0 : Math.min(1_500, (piece.to - piece.from) / 4);
  const path = svg('path', {
    d: arc(piece.from + gap, piece.to - gap), class: look ? look.className : 'v-none',
    'stroke-width': kWidth, fill: 'none', 'data-withheld': withheld ? '' : null,
  });
  const group = svg('g', {}, path);
  if (look && piece.to - piece.from > 25_000) {
    const [x, y] = point((piece.from + piece.to) / 2, kRadius).split(' ');
    group.append(svg('text', {x, y, class: 'ring-sign'}, look.sign));
  }
  return group;
}

export class Ring {
  constructor(place) {
    this.drawn = '';
    this.pieces = svg('g');
    this.number = svg('text', {x: 100, y: 98, class: 'ring-number'});
    this.unit = svg('text', {x: 100, y: 122, class: 'ring-unit'}, 'requests/s');
    this.picture = svg('svg', {viewBox: '0 0 200 200', role: 'img', class: 'ring'},
        svg('circle', {cx: 100, cy: 100, r: kRadius, class: 'ring-bed', 'stroke-width': kWidth,
                       fill: 'none'}),
        this.pieces, this.number, this.unit);
    this.caption = el('p', {class: 'quiet'});
    place.append(this.picture, this.caption);
  }

  // `withheld`: the variant that gets nothing of what is painted as its own, or -1.
  show(split, looks, withheld, rateText) {
    setText(this.number, rateText);
    const all = pieces(split.ring ?? []);
    const state = JSON.stringify([split.name, all, withheld, looks]);
    if (state === this.drawn) {
      return;
    }
    this.drawn = state;
    this.pieces.replaceChildren(...all.map((piece) =>
      drawPiece(piece, looks, piece.variant === withheld, all.length === 1)));
    const weights = split.variants.filter((variant) => variant.weight_ppm >= 0)
        .map((variant) => `${variant.name} ${percentOfPpm(variant.weight_ppm)}`).join(', ');
    const taken = withheld >= 0 ? `; ${split.variants[withheld].name} gets none of it` : '';
    setAttribute(this.picture, 'aria-label',
        weights === '' ? 'No weights: the split is not in the table' : `Weights: ${weights}${taken}`);
    setText(this.caption, split.ring === undefined
        ? `Not in the table: all go to ${split.variants[split.default].name}` : '');
  }
}
