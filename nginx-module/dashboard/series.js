// From counters that only grow to what happens now: requests a second, error share and p99, each
// from the difference of two readings. Nothing is kept on the server, so a chart begins when the
// page is opened.

// Readings that are looked back at, and points that are kept to be drawn.
const kRateSpan_ms = 1_000;
const kShareSpan_ms = 5_000;
const kGap_ms = 10_000;
const kMostPoints = 1_900;

// The counters' histogram: four buckets for each power of two, in microseconds; the same as
// shared/counters/histogram.hpp, which says why.
export function bucketBegin(bucket) {
  return bucket < 4 ? bucket : (4 + (bucket - 4) % 4) * 2 ** Math.floor((bucket - 4) / 4);
}

function bucketMiddle(bucket) {
  return bucket < 4 ? bucket : (bucketBegin(bucket) + bucketBegin(bucket + 1)) / 2;
}

// "[first, count, count, …]" of both readings; milliseconds, or null when nothing was counted.
export function quantile(now, before, share) {
  const [first, ...counts] = now;
  const [firstBefore, ...countsBefore] = before;
  const grown = counts.map((count, i) => count - (countsBefore[i + first - firstBefore] ?? 0));
  const total = grown.reduce((sum, count) => sum + count, 0);
  let wanted = Math.ceil(total * share);
  for (let i = 0; total > 0 && i < grown.length; i += 1) {
    wanted -= grown[i];
    if (wanted <= 0) {
      return bucketMiddle(first + i) / 1000;
    }
  }
  return null;
}

// The youngest reading that is at least `span` old, else the oldest there is.
function lookBack(readings, now, span) {
  let found = readings[0];
  for (const reading of readings) {
    if (now - reading.time > span - 50) {
      found = reading;
    }
  }
  return found;
}

function wentBack(reading, before) {
  return reading.variants.some((variant) => {
    const old = before.variants.find((one) => one.name === variant.name);
    return old !== undefined && variant.decided < old.decided;
  });
}

// Of one split.
export class Series {
  constructor() {
    this.readings = [];
    this.points = [];  // {time, variants: {name: {rate, errors, p99}}}
  }

  get latest() {
    return this.points.at(-1) ?? null;
  }

  // A reading of the same moment changes nothing.
  add(time, countedSince, variants) {
    const reading = {time, countedSince, variants};
    const last = this.readings.at(-1);
    if (last !== undefined && time <= last.time) {
      return;
    }
    if (last !== undefined && (time - last.time > kGap_ms || last.countedSince !== countedSince ||
                               wentBack(reading, last))) {
      this.readings = [];
      this.points.push({time: last.time + 1, variants: {}});  // a gap in every line
    }
    if (this.readings.length > 0) {
      this.points.push(this.pointOf(reading));
    }
    this.readings.push(reading);
    while (this.readings.length > 2 && time - this.readings[0].time > kShareSpan_ms + 2_000) {
      this.readings.shift();
    }
    while (this.points.length > kMostPoints) {
      this.points.shift();
    }
  }

  pointOf(reading) {
    const near = lookBack(this.readings, reading.time, kRateSpan_ms);
    const far = lookBack(this.readings, reading.time, kShareSpan_ms);
    const point = {time: reading.time, variants: {}};
    for (const now of reading.variants) {
      const before = near.variants.find((one) => one.name === now.name);
      const longBefore = far.variants.find((one) => one.name === now.name);
      if (before === undefined || longBefore === undefined) {
        continue;
      }
      const finished = now.finished - longBefore.finished;
      point.variants[now.name] = {
        rate: (now.decided - before.decided) / ((reading.time - near.time) / 1000),
        errors: finished > 0 ? Math.max(0, now.errors - longBefore.errors) / finished : null,
        p99: quantile(now.first_byte, longBefore.first_byte, 0.99),
      };
    }
    return point;
  }
}

// Requests a second of the splits in the list, from two lists.
export class ListRates {
  constructor() {
    this.before = new Map();
    this.time = 0;
    this.rates = new Map();
  }

  add(time, list) {
    const seconds = (time - this.time) / 1000;
    if (seconds < 0.9) {
      return;
    }
    const now = new Map(list.map(([name, , variants]) =>
      [name, variants.reduce((sum, variant) => sum + variant[3], 0)]));
    for (const [name, decided] of now) {
      const old = this.before.get(name);
      this.rates.set(name, this.time > 0 && old !== undefined && decided >= old
          ? (decided - old) / seconds : null);
    }
    this.before = now;
    this.time = time;
  }

  of(name) {
    return this.rates.get(name) ?? null;
  }
}
