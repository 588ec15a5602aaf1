import { closest } from 'fastest-levenshtein';
import { parseDuration } from '../clock/duration.ts';
import { UserError } from '../error/user-error.ts';
import { cosineOfTurns } from '../random/elementary.ts';
import type { Random } from '../random/random.ts';
import {
  constantRate,
  diurnal,
  exponentialRamp,
  type Intensity,
  type KnownIntensity,
  linearRamp,
  onOff,
  piecewise,
} from './intensity.ts';

/** A rate of requests as it was written: a number, or a shape over time. */
export interface Rate {
  /** The same in one spelling. */
  readonly text: string;
  /** Over the shape's own length; of a shape without one, over all time. */
  readonly meanPerS: number;
  /** What it begins with. */
  readonly startPerS: number;
  /** When the shape is complete: the end of a ramp, of the last step, of a period; null for what has no end. */
  readonly seconds: number | null;
  /** Requests that come due in the first seconds, on average. */
  expectedIn(seconds: number): number;
  /** Only on/off draws from `random`. */
  intensity(random: Random): Intensity;
}

const mostPerS = 1_000_000;
const longestS = 7 * 86_400;

type Refuse = (what: string) => never;

interface Shape {
  readonly signature: string;
  read(args: readonly string[], refuse: Refuse): Omit<Rate, 'text'> & { readonly args: readonly string[] };
}

const shapes: Readonly<Record<string, Shape>> = {
  ramp: {
    signature: 'ramp(from,to,time)',
    read(args, refuse) {
      const [from, to, seconds] = rampArguments(args, refuse);
      if (from === 0 && to === 0) refuse('never sends anything');
      return known(linearRamp(from, to, seconds), { startPerS: from, seconds, args });
    },
  },
  expramp: {
    signature: 'expramp(from,to,time)',
    read(args, refuse) {
      const [from, to, seconds] = rampArguments(args, refuse);
      if (from === 0 || to === 0) refuse('must begin and end above 0: nothing grows from 0 by shares');
      return known(exponentialRamp(from, to, seconds), { startPerS: from, seconds, args });
    },
  },
  steps: {
    signature: 'steps(rate@time,rate@time,…)',
    read(args, refuse) {
      const pieces = args.map((arg) => {
        const [rate, time, ...more] = arg.split('@');
        if (time === undefined || more.length > 0) refuse(`has a step ${JSON.stringify(arg)} that is no rate@time`);
        return { ratePerS: perSecond(rate!, 'rate', refuse), seconds: duration(time!, 'time', refuse) };
      });
      if (pieces.every(({ ratePerS }) => ratePerS === 0)) refuse('never sends anything');
      const seconds = pieces.reduce((sum, piece) => sum + piece.seconds, 0);
      return known(piecewise(pieces), { startPerS: pieces[0]!.ratePerS, seconds, args });
    },
  },
  diurnal: {
    signature: 'diurnal(mean,amplitude,period[,phase])',
    read(args, refuse) {
      if (args.length < 3 || args.length > 4) refuse('takes three or four values');
      const mean = perSecond(args[0]!, 'mean', refuse);
      const amplitude = number(args[1]!, 'amplitude', refuse);
      const period = duration(args[2]!, 'period', refuse);
      const phase = args[3] === undefined ? 0 : duration(args[3], 'phase', refuse, true);
      if (mean === 0) refuse('never sends anything');
      if (!(amplitude >= 0 && amplitude <= 1)) refuse('needs an amplitude from 0 to 1, the share of the mean');
      const start = mean * (1 - amplitude * cosineOfTurns(phase / period - 0.25)); // cos(2πx − π/2) = sin 2πx
      return known(diurnal(mean, amplitude, period, phase), { startPerS: Math.max(0, start), seconds: period, args });
    },
  },
  onoff: {
    signature: 'onoff(low,high,mean time low,mean time high)',
    read(args, refuse) {
      if (args.length !== 4) refuse('takes four values');
      const low = {
        ratePerS: perSecond(args[0]!, 'low rate', refuse),
        seconds: duration(args[2]!, 'time low', refuse),
      };
      const high = {
        ratePerS: perSecond(args[1]!, 'high rate', refuse),
        seconds: duration(args[3]!, 'time high', refuse),
      };
      if (high.ratePerS === 0) refuse('never sends anything');
      if (low.ratePerS > high.ratePerS) refuse('has a low rate above its high rate');
      const points = low.ratePerS * low.seconds + high.ratePerS * high.seconds;
      const meanPerS = points / (low.seconds + high.seconds);
      return {
        args,
        meanPerS,
        startPerS: meanPerS,
        seconds: null,
        expectedIn: (seconds) => meanPerS * seconds,
        intensity: (random) => onOff(low, high, random),
      };
    },
  },
};

const words = Object.keys(shapes);
const signatures = Object.values(shapes).map(({ signature }) => signature);

/** What a shape's text looks like, for schemas. */
export const shapePattern = /^\s*[A-Za-z]+\s*\(.*\)\s*$/;

/**
 * Reads `--rate`: a number of requests per second, `ramp(1,3,10s)`, `expramp(1,30,60s)`, `steps(5@30s,20@30s)`,
 * `diurnal(20,0.5,1h)` or `onoff(0,50,10s,2s)`.
 *
 * @throws UserError `bad_rate`, saying what is wrong and how the shape is written
 */
export function parseRate(value: string | number): Rate {
  const text = String(value).trim();
  const ratePerS = Number(text);
  if (text !== '' && !Number.isNaN(ratePerS)) {
    if (!(ratePerS > 0 && ratePerS <= mostPerS))
      throw bad(text, `cannot be sent; it must be above 0 and at most ${mostPerS.toLocaleString('en')} per second`);
    return { text: `${ratePerS}`, ...known(constantRate(ratePerS), { startPerS: ratePerS, seconds: null, args: [] }) };
  }
  const match = /^([A-Za-z]+)\(([^()]*)\)$/.exec(text.replace(/\s+/g, ''));
  if (match === null) throw bad(text, `is neither a number of requests per second nor one of ${signatures.join(', ')}`);
  const word = match[1]!.toLowerCase();
  const shape = Object.hasOwn(shapes, word) ? shapes[word] : undefined;
  if (shape === undefined) throw bad(text, `has no known shape. Did you mean ${closest(word, words)}(…)?`);
  const refuse: Refuse = (what) => {
    throw bad(text, `${what} (${shape.signature})`);
  };
  const { args, ...rate } = shape.read(match[2]!.split(','), refuse);
  return { text: `${word}(${args.join(',')})`, ...rate };
}

function known(
  intensity: KnownIntensity,
  facts: Pick<Rate, 'startPerS' | 'seconds'> & { readonly args: readonly string[] },
) {
  const { startPerS, seconds } = facts;
  return {
    ...facts,
    meanPerS: seconds === null ? startPerS : intensity.pointsAt(seconds) / seconds,
    expectedIn: (s: number) => intensity.pointsAt(s),
    intensity: () => intensity,
  };
}

function rampArguments(args: readonly string[], refuse: Refuse): [from: number, to: number, seconds: number] {
  if (args.length !== 3) refuse('takes three values');
  return [perSecond(args[0]!, 'from', refuse), perSecond(args[1]!, 'to', refuse), duration(args[2]!, 'time', refuse)];
}

function perSecond(text: string, name: string, refuse: Refuse): number {
  const value = number(text, name, refuse);
  if (!(value >= 0 && value <= mostPerS)) refuse(`has a ${name} of ${text} requests per second`);
  return value;
}

function number(text: string, name: string, refuse: Refuse): number {
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) refuse(`has a ${name} ${JSON.stringify(text)} that is no number`);
  return Number(text);
}

/** Seconds. */
function duration(text: string, name: string, refuse: Refuse, mayBeNone = false): number {
  const ms = parseDuration(text);
  if (ms === null) return refuse(`has a ${name} ${JSON.stringify(text)} that is no duration such as 10s or 1h30m`);
  if (ms === 0 && !mayBeNone) refuse(`has a ${name} of nothing`);
  if (ms / 1000 > longestS) refuse(`has a ${name} of more than 7 days`);
  return ms / 1000;
}

function bad(text: string, what: string): UserError {
  return new UserError('bad_rate', `the rate ${JSON.stringify(text)} ${what}`);
}
