// Three charts over one time axis: requests a second, error share, p99; with a mark where something
// was done.
import {byId, el, setAttribute, setText, svg} from './dom.js';
import {clock, milliseconds, percentOfShare, rate} from './words.js';

const kSpans = [['1 min', 60_000], ['5 min', 300_000], ['15 min', 900_000]];
const kHeight = 120;
const kTop = 8;
const kBottom = 18;
const kLeft = 56;
const kRight = 14;
const kMarkTop = 16;

const kCharts = [
  {key: 'rate', title: 'Requests per second', words: rate, least: 1},
  {key: 'errors', title: 'Error share, last 5 s', words: percentOfShare, least: 0.01},
  {key: 'p99', title: 'p99 to the first byte, last 5 s', words: milliseconds, least: 1},
];

// 1, 2 or 5 times a power of ten: the axis stands still while the numbers dance.
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((factor) => factor * power).find((bound) => bound >= value * 0.999);
}

// Short words for marks.
const kMarks = {
  deploy_started: 'deploy', deploy_finished: 'deployed', deploy_failed: 'failed',
  switched: 'switch', rolled_back: 'rollback', weights_set: 'weights', started: 'canary',
  step_reached: 'step', approval_wanted: 'approve?', approved: 'approved', paused: 'paused',
  resumed: 'resumed', weight_set: 'weight', promoted: 'promoted', tripped: 'tripped',
  aborted: 'aborted', inconclusive: 'undecided',
};

class Chart {
  constructor(kind) {
    this.kind = kind;
    this.grid = svg('g', {class: 'grid'});
    this.lines = svg('g', {class: 'lines'});
    this.marks = svg('g', {class: 'marks'});
    this.hair = svg('line', {class: 'hair', y1: kTop, y2: kHeight - kBottom, visibility: 'hidden'});
    this.picture = svg('svg', {class: 'chart', role: 'img', height: kHeight},
        this.grid, this.marks, this.lines, this.hair);
    this.title = el('h4', {}, kind.title);
    this.node = el('div', {class: 'plot'}, this.title, this.picture);
    this.top = kind.least;
  }

  x(time) {
    return kLeft + (time - this.from) / (this.to - this.from) * (this.width - kLeft - kRight);
  }

  y(value) {
    return kHeight - kBottom - value / this.top * (kHeight - kTop - kBottom);
  }

  show(view) {
    const {points, variants, looks, from, to, width} = view;
    Object.assign(this, {from, to, width});
    const key = this.kind.key;
    let most = this.kind.least;
    for (const point of points) {
      for (const value of Object.values(point.variants)) {
        most = Math.max(most, value[key] ?? 0);
      }
    }
    this.top = roundUp(most);
    setAttribute(this.picture, 'viewBox', `0 0 ${width} ${kHeight}`);
    setAttribute(this.picture, 'width', width);
    this.drawGrid();
    this.lines.replaceChildren(...variants.map((variant, i) => svg('path', {
      d: this.path(points, variant.name), class: looks[i].className,
      'stroke-dasharray': looks[i].dash || null, fill: 'none',
    })), ...this.ends(points, variants, looks));
    this.drawMarks(view.marks, view.withWords);
    setAttribute(this.picture, 'aria-label', this.words(view));
  }

  path(points, name) {
    let d = '';
    let pen = 'M';
    for (const point of points) {
      const value = point.variants[name]?.[this.kind.key] ?? null;
      if (value === null) {
        pen = 'M';
      } else {
        d += `${pen}${this.x(point.time).toFixed(1)} ${this.y(value).toFixed(1)}`;
        pen = 'L';
      }
    }
    return d;
  }

  // The variant's sign where its line ends.
  ends(points, variants, looks) {
    const last = points.at(-1);
    return variants.flatMap((variant, i) => {
      const value = last?.variants[variant.name]?.[this.kind.key] ?? null;
      return value === null ? [] : [svg('text', {
        x: this.x(last.time).toFixed(1), y: this.y(value).toFixed(1),
        class: `end ${looks[i].className}`,
      }, looks[i].sign)];
    });
  }

  drawGrid() {
    const state = `${this.top} ${this.width} ${this.from}`;
    if (state === this.gridState) {
      return;
    }
    this.gridState = state;
    const levels = [0, this.top / 2, this.top].flatMap((value) => [
      svg('line', {x1: kLeft, x2: this.width - kRight, y1: this.y(value), y2: this.y(value)}),
      svg('text', {x: kLeft - 6, y: this.y(value) + 4, class: 'level'},
          this.kind.words(value)),
    ]);
    const times = [0, 0.5, 1].map((share) => svg('text', {
      x: kLeft + share * (this.width - kLeft - kRight), y: kHeight - 4,
      class: ['begin', 'middle', 'now'][share * 2],
    }, clock(this.from + share * (this.to - this.from))));
    this.grid.replaceChildren(...levels, ...times);
  }

  drawMarks(marks, withWords) {
    let free = kLeft;
    this.marks.replaceChildren(...marks.flatMap((mark) => {
      const x = this.x(mark.time_unix_ms);
      const word = kMarks[mark.kind] ?? mark.kind;
      const group = svg('g', {'data-kind': mark.kind},
          svg('line', {x1: x, x2: x, y1: kTop, y2: kHeight - kBottom}),
          svg('title', {}, `${clock(mark.time_unix_ms)} ${mark.text}`));
      // A word has room when the one before it has ended; the list below has them all.
      if (withWords && x >= free) {
        const fits = x + word.length * 7 < this.width - 4;
        group.append(svg('text', {x: fits ? x + 4 : x - 4, y: kMarkTop,
                                  'text-anchor': fits ? 'start' : 'end'}, word));
        free = x + word.length * 7 + 12;
      }
      return [group];
    }));
  }

  words({points, variants}) {
    const last = points.at(-1);
    const now = variants.map((variant) => `${variant.name} ` +
        this.kind.words(last?.variants[variant.name]?.[this.kind.key] ?? null)).join(', ');
    return `${this.kind.title}, now: ${now}`;
  }
}

export class Charts {
  constructor(place) {
    this.place = place;
    this.charts = kCharts.map((kind) => new Chart(kind));
    this.span = kSpans[0][1];
    place.append(...this.charts.map((chart) => chart.node));
    this.buttons = kSpans.map(([words, span]) => {
      const button = el('button', {type: 'button', 'aria-pressed': span === this.span}, words);
      button.addEventListener('click', () => this.choose(span));
      return button;
    });
    byId('spans').append(...this.buttons);
    new ResizeObserver(() => this.fit()).observe(place);
    place.addEventListener('pointermove', (event) => this.point(event));
    place.addEventListener('pointerleave', () => this.point(null));
  }

  choose(span) {
    this.span = span;
    kSpans.forEach(([, one], i) =>
      setAttribute(this.buttons[i], 'aria-pressed', String(one === span)));
    this.showAgain();
  }

  // As wide as the card; the first view is drawn already when this is told of its width.
  fit() {
    if (this.view && this.view.width !== this.width()) {
      this.showAgain();
    }
  }

  width() {
    return Math.max(240, Math.floor(this.place.clientWidth));
  }

  showAgain() {
    if (this.view) {
      this.show(this.view.now, this.view.series, this.view.split, this.view.looks,
          this.view.events);
    }
  }

  show(now, series, split, looks, events) {
    const from = now - this.span;
    const width = this.width();
    this.view = {now, series, split, looks, events, width};
    const points = series.points.filter((point) => point.time >= from - 1_000);
    const marks = events.filter((event) =>
      event.time_unix_ms >= from && event.time_unix_ms <= now);
    const shown = {points, variants: split.variants, looks, from, to: now, width, marks};
    this.charts.forEach((chart, i) => chart.show({...shown, withWords: i === 0}));
    this.points = points;
    this.drawHair();
  }

  point(event) {
    this.pointer = event === null ? null
                                  : event.clientX - this.place.getBoundingClientRect().left;
    this.drawHair();
  }

  // What all three said at the moment under the pointer.
  drawHair() {
    const {from, to, width} = this.charts[0];
    const inside = this.pointer !== null && this.pointer !== undefined && this.points?.length > 0 &&
        this.pointer >= kLeft && this.pointer <= width - kRight;
    let reading = '';
    if (inside) {
      const time = from + (this.pointer - kLeft) / (width - kLeft - kRight) * (to - from);
      const nearest = this.points.reduce((best, point) =>
        Math.abs(point.time - time) < Math.abs(best.time - time) ? point : best);
      reading = `${clock(nearest.time)}  ` + Object.entries(nearest.variants).map(([name, value]) =>
        `${name}: ${rate(value.rate)}/s, ${percentOfShare(value.errors)} errors, ` +
        `p99 ${milliseconds(value.p99)}`).join('  ·  ');
    }
    for (const chart of this.charts) {
      setAttribute(chart.hair, 'visibility', inside ? 'visible' : 'hidden');
      if (inside) {
        setAttribute(chart.hair, 'x1', this.pointer);
        setAttribute(chart.hair, 'x2', this.pointer);
      }
    }
    setText(byId('reading'), reading);
  }
}
