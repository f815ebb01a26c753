// Asking nginx for the numbers: again and again while somebody looks, not at all in a hidden tab,
// and ever more patiently while there is no answer.

const kEvery_ms = 500;
const kMostPatience_ms = 15_000;
const kAnswerWithin_ms = 10_000;

export class Refused extends Error {
  constructor(status) {
    super(`nginx answers ${status}`);
    this.status = status;
  }
}

function fetchData(question, signal) {
  return fetch(`data?${question}`, {signal, cache: 'no-store', credentials: 'same-origin'});
}

// The first question, asked before the page has made what will show the answer.
export function askEarly(question) {
  const early = fetchData(question);
  early.catch(() => {});  // told when it is awaited
  return early;
}

export class Feed {
  // `question()`: what follows "data?"; `onData(data)`; `onLost(error, waits_ms)`.
  // `early`: askEarly()'s, or null.
  constructor(early, question, onData, onLost) {
    this.early = early;
    this.question = question;
    this.onData = onData;
    this.onLost = onLost;
    this.failures = 0;
    this.timer = 0;
    this.asking = null;
    document.addEventListener('visibilitychange', () => {
      if (document.hidden) {
        this.pause();
      } else {
        this.now();
      }
    });
    window.addEventListener('online', () => this.now());
  }

  pause() {
    clearTimeout(this.timer);
    this.asking?.abort();
    this.asking = null;
  }

  // At once: something else is wanted, or the reader does not want to wait.
  now() {
    this.pause();
    this.ask();
  }

  async ask() {
    const begun = performance.now();
    const asking = new AbortController();
    const late = setTimeout(() => asking.abort(), kAnswerWithin_ms);
    this.asking = asking;
    let wait;
    try {
      const early = this.early;
      this.early = null;
      const answer = await (early ?? fetchData(this.question(), asking.signal));
      if (!answer.ok) {
        throw new Refused(answer.status);
      }
      const data = await answer.json();
      if (this.asking !== asking) {
        return;
      }
      this.failures = 0;
      wait = Math.max(50, kEvery_ms - (performance.now() - begun));
      this.onData(data);
    } catch (error) {
      if (this.asking !== asking) {
        return;  // given up for a newer question, or because nobody looks
      }
      wait = Math.min(kMostPatience_ms, kEvery_ms * 2 ** this.failures);
      this.failures += 1;
      this.onLost(error, wait);
    } finally {
      clearTimeout(late);
    }
    if (!document.hidden && this.asking === asking) {
      this.timer = setTimeout(() => this.ask(), wait);
    }
  }
}
