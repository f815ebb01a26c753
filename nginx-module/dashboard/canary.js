// The canary's card: the evidence against it on its way to the guard's threshold, what it is made
// of, and how long the canary may live without its driver.
import {byId, el, setAttribute, setText} from './dom.js';
import {count, duration, moment, percentOfShare, plural} from './words.js';

const kLn10 = Math.log(10);
const kBelow = 1;  // powers of ten shown below 1

// Evidence as people read it: 1, 35, 10 000, 10^12.
function evidenceText(ln) {
  if (ln < Math.log(0.01)) {
    return 'less than 0.01';
  }
  return ln > Math.log(1e6) ? `10^${(ln / kLn10).toFixed(1)}`
                            : Number(Math.exp(ln).toPrecision(2)).toLocaleString('en');
}

function armText(name, [done, bad]) {
  return `${name}: ${count(bad)} of ${count(done)} failed` +
      (done > 0 ? ` (${percentOfShare(bad / done)})` : '');
}

export class CanaryCard {
  constructor() {
    this.card = byId('canary');
    this.line = el('p', {class: 'verdict'});
    this.fill = el('span', {class: 'fill'});
    this.limit = el('span', {class: 'limit'});
    this.ticks = el('span', {class: 'ticks', 'aria-hidden': 'true'});
    this.meter = el('div', {class: 'meter', role: 'meter', 'aria-label': 'Evidence against the canary',
                            tabindex: '0'}, this.fill, this.ticks, this.limit);
    this.scale = el('div', {class: 'scale', 'aria-hidden': 'true'});
    this.facts = el('ul', {class: 'facts'});
    byId('canary-body').append(this.line, this.meter, this.scale, this.facts);
  }

  show(split, nowMs) {
    const canary = split.canary;
    this.card.hidden = canary === undefined;
    if (canary === undefined) {
      return;
    }
    setAttribute(this.card, 'data-state', split.state);
    setText(this.line, this.verdict(split, canary, nowMs));
    this.showMeter(canary.evidence, split.state === 3);
    this.showFacts(canary, nowMs);
  }

  verdict(split, canary, nowMs) {
    if (split.state === 3) {
      const when = canary.evidence?.tripped_ms
          ? ` at ${moment(canary.evidence.tripped_ms, nowMs)}` : '';
      return `Tripped${when}: ${canary.canary} gets no more traffic, ${canary.baseline} has it.`;
    }
    if (split.state === 4) {
      return `The lease has ended: ${canary.canary} gets no more traffic, ${canary.baseline} has it.`;
    }
    return canary.armed ? `${canary.canary} is watched beside ${canary.baseline}.`
                        : `${canary.canary} is on a lease; no guard watches it.`;
  }

  showMeter(evidence, tripped) {
    const known = evidence !== null && evidence !== undefined;
    this.meter.hidden = !known;
    this.scale.hidden = !known;
    if (!known) {
      return;
    }
    // A logarithmic scale from a tenth to ten times the threshold.
    const most = evidence.threshold / kLn10 + 1;
    const share = (ln) =>
      Math.min(1, Math.max(0, (ln / kLn10 + kBelow) / (most + kBelow)));
    this.fill.style.width = `${(share(evidence.ln) * 100).toFixed(2)}%`;
    this.limit.style.left = `${(share(evidence.threshold) * 100).toFixed(2)}%`;
    setAttribute(this.meter, 'data-tripped', tripped ? '' : null);
    setAttribute(this.meter, 'aria-valuemin', -kBelow * kLn10);
    setAttribute(this.meter, 'aria-valuemax', evidence.threshold);
    setAttribute(this.meter, 'aria-valuenow', Math.min(evidence.ln, evidence.threshold));
    const needed = evidenceText(evidence.threshold);
    setAttribute(this.meter, 'aria-valuetext',
        `${evidenceText(evidence.ln)}; the traffic is taken away at ${needed}`);
    if (this.drawn !== evidence.threshold) {
      this.drawn = evidence.threshold;
      const powers = Array.from({length: Math.floor(most + kBelow) + 1}, (_, i) => i - kBelow);
      this.ticks.replaceChildren(...powers.map((power) => {
        const tick = el('i');
        tick.style.left = `${share(power * kLn10) * 100}%`;
        return tick;
      }));
      this.scale.replaceChildren(...[[0, '1'], [evidence.threshold, `trips at ${needed}`]].map(
          ([ln, words]) => {
            const mark = el('span', {}, words);
            mark.style.left = `${share(ln) * 100}%`;
            return mark;
          }));
    }
  }

  showFacts(canary, nowMs) {
    const facts = [];
    if (canary.evidence) {
      facts.push(
          `evidence ${evidenceText(canary.evidence.ln)} of ${evidenceText(canary.evidence.threshold)}`,
          armText(canary.canary, canary.evidence.canary),
          armText(canary.baseline, canary.evidence.baseline));
      const quiet = nowMs - canary.evidence.ticked_ms;
      if (canary.evidence.tripped_ms === 0 && quiet > 5_000) {
        facts.push(`last looked at ${duration(quiet)} ago`);
      }
    } else if (canary.armed) {
      facts.push('not looked at yet');
    }
    if (canary.armed && canary.objective > 0) {
      facts.push(`at most ${percentOfShare(canary.objective)} may fail`);
    }
    if (canary.lease_expires_ms > 0) {
      const left = canary.lease_expires_ms - nowMs;
      const then = canary.lease_holds ? 'then it keeps its traffic' :
        `then ${canary.baseline} has it`;
      facts.push(left > 0 ? `lease ${duration(left)} left, ${then}`
                          : `lease ended ${duration(-left)} ago`);
    }
    while (this.facts.children.length > facts.length) {
      this.facts.lastChild.remove();
    }
    facts.forEach((fact, i) => {
      const item = this.facts.children[i] ?? this.facts.appendChild(el('li'));
      setText(item, fact);
    });
  }
}

// Of the list's and the split's `state`.
export const kSplitStates = ['', 'not in the table', 'canary', 'tripped', 'lease ended'];

export function workersText({live, applied}) {
  return applied === live ? `all ${plural(live, 'worker', 'workers')}`
                          : `${applied} of ${plural(live, 'worker', 'workers')}`;
}
