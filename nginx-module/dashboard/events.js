// What was done, newest first: the CLI writes it beside the table.
import {byId, el, keyed, setText} from './dom.js';
import {moment} from './words.js';

const kKinds = {
  deploy_started: 'deployment', deploy_finished: 'deployed', deploy_failed: 'failed',
  switched: 'switch', rolled_back: 'rollback', weights_set: 'weights', started: 'canary',
  step_reached: 'step', approval_wanted: 'approval', approved: 'approved', paused: 'paused',
  resumed: 'resumed', weight_set: 'weight', promoted: 'promoted', tripped: 'tripped',
  aborted: 'aborted', inconclusive: 'undecided', held: 'held', released: 'released',
};

function concerns(event, split) {
  return event.split === '' || event.split.split(', ').includes(split);
}

export class History {
  constructor(onChange) {
    this.tag = '';
    this.all = [];
    this.problem = '';
    this.everySplit = byId('all-events');
    this.everySplit.addEventListener('change', onChange);
  }

  take({tag, lines, problem, skipped}) {
    this.tag = tag;
    this.problem = problem;
    if (lines !== undefined) {
      this.all = lines;
      this.skipped = skipped;
    }
  }

  of(split) {
    return this.all.filter((event) => concerns(event, split));
  }

  show(split, splits, nowMs) {
    byId('all-events-label').hidden = splits < 2;
    const events = (this.everySplit.checked ? this.all : this.of(split)).slice().reverse();
    keyed(byId('events'), events,
        (event) => `${event.time_unix_ms} ${event.kind} ${event.split} ${event.text}`,
        (event) => el('li', {'data-kind': event.kind},
            el('time', {datetime: new Date(event.time_unix_ms).toISOString()}),
            el('span', {class: 'kind'}, kKinds[event.kind] ?? event.kind),
            el('span', {class: 'text'}, event.text),
            el('span', {class: 'quiet'}, event.split)),
        (node, event) => setText(node.firstChild, moment(event.time_unix_ms, nowMs)));
    setText(byId('no-events'), this.remark(events.length));
  }

  remark(shown) {
    if (this.problem !== '') {
      return `The file events.jsonl beside the table is ${this.problem}: nothing of it is shown.`;
    }
    const damaged = this.skipped > 0
        ? `${this.skipped} lines of events.jsonl are damaged and not shown. ` : '';
    return damaged + (shown === 0
        ? 'Nothing yet: deployments, switches and canary steps of the teal command appear here.'
        : '');
  }
}
