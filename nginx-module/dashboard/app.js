// The page: asks for the numbers, keeps what the charts need, and shows the split that was chosen.
import {CanaryCard, workersText} from './canary.js';
import {Charts} from './charts.js';
import {byId, setAttribute, setText} from './dom.js';
import {History} from './events.js';
import {ExperimentCard} from './experiment.js';
import {askEarly, Feed} from './feed.js';
import {Notices} from './notices.js';
import {Ring} from './ring.js';
import {ListRates, Series} from './series.js';
import {chosenByHash, SplitList} from './splits.js';
import {EndpointTable, looksOf, VariantTable} from './variants.js';
import {moment, percentOfPpm, rate} from './words.js';

// A long list is asked for less often: it is most of an answer.
const kLongList = 50;
const kLongListEvery = 4;

const early = askEarly(question('', chosenByHash(), true));
const serieses = new Map();
const listRates = new ListRates();
const list = new SplitList();
const charts = new Charts(byId('charts'));
const ring = new Ring(byId('ring'));
const variants = new VariantTable(byId('variants'));
const endpoints = new EndpointTable(byId('endpoint-lists'));
const canary = new CanaryCard();
const experiment = new ExperimentCard();
const history = new History(() => latest && render(latest));

let latest = null;
let latestAt = 0;  // this browser's clock
let chosen = chosenByHash();
let asked = 0;
let entries = [];
let said = '';

// What follows "data?".
function question(tag, split, withList) {
  const parts = new URLSearchParams();
  if (split !== '') {
    parts.set('split', split);
  }
  if (tag !== '') {
    parts.set('events', tag);
  }
  if (!withList) {
    parts.set('list', 'no');
  }
  return parts.toString();
}

function nextQuestion() {
  asked += 1;
  return question(history.tag, chosen,
      entries.length <= kLongList || asked % kLongListEvery === 0);
}

// Whose share of the ring goes to somebody else.
function withheldOf(split) {
  return split.state === 3 || split.state === 4
      ? split.variants.findIndex((variant) => variant.name === split.canary.canary) : -1;
}

function seriesOf(name) {
  if (!serieses.has(name)) {
    serieses.set(name, new Series());
  }
  return serieses.get(name);
}

function showMachine({table, workers, now_ms: now, module_version: version}) {
  setText(byId('generation'), table.generation === 0 ? 'none' : String(table.generation));
  setText(byId('applied'), workersText(workers));
  setAttribute(byId('applied'), 'data-bad', workers.applied < workers.live ? '' : null);
  setText(byId('published'), table.published_ms === 0 ? '–' : moment(table.published_ms, now));
  setText(byId('table-path'), table.path);
  setText(byId('version'), `teal ${version}`);
}

function sayWeights(data) {
  const words = data.split.variants.filter((variant) => variant.weight_ppm >= 0)
      .map((variant) => `${variant.name} ${percentOfPpm(variant.weight_ppm)}`).join(', ');
  const sentence = `${data.split.name}: ${words}`;
  if (said !== '' && said !== sentence) {
    notices.say(sentence);
  }
  said = sentence;
}

function render(data) {
  const {split} = data;
  const series = seriesOf(split.name);
  const looks = looksOf(split.variants);
  const withheld = withheldOf(split);
  const point = series.latest;
  const rates = Object.values(point?.variants ?? {}).map((variant) => variant.rate);
  showMachine(data);
  document.title = `${split.name}${split.state === 3 ? ' tripped' : ''} · Teal`;
  setText(byId('split-name'), split.name);
  ring.show(split, looks, withheld,
      rates.length === 0 ? '–' : rate(rates.reduce((sum, one) => sum + one, 0)));
  variants.show(split, looks, withheld, point);
  canary.show(split, data.now_ms);
  experiment.show(split, looks);
  endpoints.show(split, looks);
  byId('endpoints').hidden = split.state === 1;
  history.show(split.name, data.splits, data.now_ms);
  setText(byId('rules-text'), split.rules);
  list.show(entries, listRates, split.name);
  byId('waiting').hidden = true;
  byId('split').hidden = false;
  charts.show(data.now_ms, series, split, looks, history.of(split.name));
}

function showConnection(state, text) {
  setAttribute(byId('connection'), 'data-state', state);
  setText(byId('connection-text'), text);
  setAttribute(byId('layout'), 'data-stale', state === 'lost' ? '' : null);
}

// For whoever measures it.
function markFirstPaint() {
  performance.mark('teal-drawn');
  requestAnimationFrame(() => {
    const painted = new MessageChannel();
    painted.port1.onmessage = () => performance.mark('teal-data');
    painted.port2.postMessage(null);
  });
}

function onData(data) {
  const isFirst = latest === null;
  latest = data;
  latestAt = Date.now();
  if (data.list !== undefined) {
    entries = data.list;
    listRates.add(data.now_ms, data.list);
  }
  history.take(data.events);
  seriesOf(data.split.name).add(data.now_ms, data.counted_since_ms, data.split.variants);
  render(data);
  notices.show(data, entries);
  showConnection('live', 'live');
  sayWeights(data);
  if (isFirst) {
    markFirstPaint();
  }
}

function onLost(error, wait) {
  if (error.status === 404 && chosen !== '') {
    chosen = '';  // nginx.conf has it no more
    window.history.replaceState(null, '', location.pathname);
    feed.now();
    return;
  }
  if (error.status === undefined && feed.failures < 2) {
    return;  // one answer that did not come is asked for again at once
  }
  showConnection('lost', 'connection lost');
  notices.showLost(error, wait, latestAt);
}

const feed = new Feed(early, nextQuestion, onData, onLost);
const notices = new Notices(() => feed.now());

window.addEventListener('hashchange', () => {
  if (chosenByHash() === '') {
    return;  // the link past the list
  }
  chosen = chosenByHash();
  said = '';
  feed.now();
});

feed.now();
