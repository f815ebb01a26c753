// What an operator must not miss: above everything, said aloud once, and gone when it is over.
import {byId, el, keyed, setAttribute, setText} from './dom.js';
import {urgency} from './splits.js';
import {clock, count, duration, plural} from './words.js';

const kBehindFor_ms = 2_000;

function tableNotice({table, workers, split}) {
  const stays = table.generation > 0 ? 'the last good copy is in use'
                                     : 'everybody goes to each split\'s default variant';
  if (table.health === 'missing' || table.health === 'never published') {
    return [{key: 'table', level: 'warn',
             title: `The table ${table.health === 'missing' ? 'is missing' : 'was never published'}`,
             text: `${table.path}; ${stays}. Make it with: teal init`}];
  }
  if (table.health !== 'ok') {
    return [{key: 'table', level: 'bad', title: `The table is ${table.health}`,
             text: `${table.path}; ${stays}. teal doctor says more.`}];
  }
  return workers.live > 0 && split.state === 1
      ? [{key: 'absent', level: 'warn', title: `${split.name} is not in the table`,
          text: `everybody goes to ${split.variants[split.default].name}. ` +
              'Add it with: teal init, or teal upgrade perform'}] : [];
}

function canaryNotice({split}) {
  if (split.state !== 3 && split.state !== 4) {
    return [];
  }
  const {canary, baseline} = split.canary;
  return [{
    key: 'canary', level: 'bad',
    title: split.state === 3 ? `The guard has tripped: ${canary} failed`
                             : `The lease of ${canary} has ended`,
    text: `${canary} gets no more traffic, ${baseline} has it. teal canary status says more.`,
  }];
}

function holdNotice({split}) {
  const hold = split.hold;
  if (hold === undefined || hold.left_ms === 0) {
    return [];
  }
  const past = hold.passed > 0 ? ` ${count(hold.passed)} went past it: see teal doctor.` : '';
  return [{
    key: 'hold', level: 'warn', title: `${split.name} is held`,
    text: `${plural(hold.waiting, 'request waits', 'requests wait')} inside nginx, for at most ` +
        `${duration(hold.left_ms)} more. Let go with: teal traffic resume ${split.name}.${past}`,
  }];
}

function othersHeldNotice({split}, entries) {
  const names = entries.filter(([name, , , held]) => held === 1 && name !== split.name)
      .map(([name]) => name);
  if (names.length === 0) {
    return [];
  }
  const more = names.length > 5 ? `, and ${names.length - 5} more` : '';
  return [{
    key: 'others-held', level: 'warn',
    title: `${plural(names.length, 'other split is', 'other splits are')} held`,
    text: names.slice(0, 5).join(', ') + more,
  }];
}

// Whoever looks at one split must hear of another one's trouble.
function othersNotice({split}, entries) {
  const names = entries.filter(([name, state]) => urgency(state) === 2 && name !== split.name)
      .map(([name]) => name);
  if (names.length === 0) {
    return [];
  }
  const more = names.length > 5 ? `, and ${names.length - 5} more` : '';
  return [{
    key: 'others', level: 'bad',
    title: `${plural(names.length, 'other split has', 'other splits have')} lost a canary`,
    text: names.slice(0, 5).join(', ') + more,
  }];
}

export class Notices {
  constructor(retryNow) {
    this.retryNow = retryNow;
    this.behindSince = 0;
    this.said = new Set();
    this.lost = null;
    this.current = [];
  }

  // Workers are behind for a moment at every publication.
  behindNotice({workers, now_ms: now, counts}) {
    if (!counts) {
      return [{key: 'counts', level: 'warn', title: 'This worker counts nothing',
               text: 'its counters file cannot be used: see nginx\'s error log, and teal doctor'}];
    }
    if (workers.applied === workers.live) {
      this.behindSince = 0;
      return [];
    }
    this.behindSince = this.behindSince || now;
    return now - this.behindSince < kBehindFor_ms ? [] : [{
      key: 'behind', level: 'warn', title: 'Not all workers have applied this generation',
      text: `${plural(workers.live - workers.applied, 'worker', 'workers')} behind for ` +
          `${duration(now - this.behindSince)}. teal traffic show names them.`,
    }];
  }

  show(data, entries) {
    this.lost = null;
    this.current = [...canaryNotice(data), ...holdNotice(data), ...othersNotice(data, entries),
                    ...othersHeldNotice(data, entries), ...tableNotice(data),
                    ...this.behindNotice(data)];
    this.draw();
  }

  // `since`: when the last answer came, unix milliseconds of this browser; 0: never.
  showLost(error, wait, since) {
    const refused = error.status === 401 || error.status === 403;
    const why = refused ? `nginx answers ${error.status}: you may not see this page any more; `
                        : error.status ? `nginx answers ${error.status}; ` : '';
    this.lost = {
      key: 'lost', level: 'bad', retry: true, title: 'Connection lost',
      text: `${why}${since ? `what is shown is from ${clock(since)}, ` : ''}` +
          `next try in ${duration(Math.max(1000, wait))}`,
    };
    this.draw();
  }

  draw() {
    const all = this.lost === null ? this.current : [this.lost, ...this.current];
    keyed(byId('notices'), all, (notice) => notice.key, (notice) => {
      const node = el('div', {class: 'notice'}, el('strong'), el('span'));
      if (notice.retry) {
        const button = el('button', {type: 'button'}, 'Try now');
        button.addEventListener('click', this.retryNow);
        node.append(button);
      }
      return node;
    }, (node, notice) => {
      setAttribute(node, 'data-level', notice.level);
      setText(node.children[0], notice.title);
      setText(node.children[1], notice.text);
    });
    const titles = new Set(all.map((notice) => notice.title));
    for (const title of titles) {
      if (!this.said.has(title)) {
        this.say(title);
      }
    }
    this.said = titles;
  }

  // For those who hear the page.
  say(text) {
    setText(byId('said'), text);
  }
}
