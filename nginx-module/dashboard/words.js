// Numbers as people read them.

const kPpm = 1_000_000;

// 1 000 000 ppm is 100 %; at most the four decimals that a weight can have.
export function percentOfPpm(ppm) {
  return `${Number((ppm / (kPpm / 100)).toFixed(4))} %`;
}

// Of a share from 0 to 1, three digits and never a false zero.
export function percentOfShare(share) {
  if (share === null) {
    return '–';
  }
  const percent = share * 100;
  if (percent === 0) {
    return '0 %';
  }
  if (percent < 0.01) {
    return '< 0.01 %';
  }
  return `${Number(percent.toPrecision(percent < 1 ? 2 : 3))} %`;
}

export function rate(perSecond) {
  if (perSecond === null) {
    return '–';
  }
  return perSecond >= 100 || perSecond === 0
      ? Math.round(perSecond).toLocaleString('en')
      : String(Number(perSecond.toPrecision(3)));
}

export function milliseconds(ms) {
  if (ms === null) {
    return '–';
  }
  if (ms >= 1_000) {
    return `${Number((ms / 1000).toPrecision(3))} s`;
  }
  return `${ms >= 100 ? Math.round(ms).toLocaleString('en') : Number(ms.toPrecision(2))} ms`;
}

export function count(number) {
  return number.toLocaleString('en');
}

export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }
  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  }
  if (seconds < 86_400) {
    return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  }
  return `${Math.floor(seconds / 86_400)} days`;
}

function two(number) {
  return String(number).padStart(2, '0');
}

export function clock(unixMs) {
  const time = new Date(unixMs);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

// With the day when it is not today's.
export function moment(unixMs, nowMs) {
  const time = new Date(unixMs);
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return time.toDateString() === new Date(nowMs).toDateString() ? clock(unixMs)
                                                                : `${day} ${clock(unixMs)}`;
}

export function plural(number, one, many) {
  return `${count(number)} ${number === 1 ? one : many}`;
}
