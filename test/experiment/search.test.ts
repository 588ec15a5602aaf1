import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextMove, type SearchPoint, stoppedResult } from '../../src/experiment/search.ts';
import type { SweepOutcome } from '../../src/measurement/sweep-outcome.ts';
import type { SearchRecord } from '../../src/record/run.ts';

const closed: SearchRecord = {
  kind: 'concurrency',
  arrivals: null,
  start: 8,
  least: 1,
  most: 4096,
  resolution: 0.05,
};
const open: SearchRecord = {
  kind: 'rate',
  arrivals: 'poisson',
  start: 1,
  least: 0.001,
  most: 10_000,
  resolution: 0.05,
};

/** Searches against a server whose answer at each load and repeat is known. */
function search(record: SearchRecord, outcomeAt: (load: number, repeat: number) => SweepOutcome) {
  const history: SearchPoint[] = [];
  const moves: string[] = [];
  for (;;) {
    const move = nextMove(record, history);
    if (move.kind === 'done') return { ...move.result, history, moves };
    expect(move.load).toBeGreaterThanOrEqual(record.least);
    expect(move.load).toBeLessThanOrEqual(record.most);
    expect(move.repeat).toBe(history.filter(({ load }) => load === move.load).length);
    moves.push(`${move.why} ${move.load}${move.repeat > 0 ? `#${move.repeat}` : ''}`);
    history.push({ load: move.load, outcome: outcomeAt(move.load, move.repeat) });
    if (history.length > 150) throw new Error('never ends');
  }
}

const upTo = (limit: number) => (load: number) => (load <= limit ? 'pass' : ('miss' as const));

describe('a closed loop', () => {
  it('doubles, bisects on a logarithmic scale, and measures what passed once more', () => {
    const found = search(closed, upTo(41));
    expect(found.moves).toEqual([
      'start 8',
      'bracket 16',
      'bracket 32',
      'bracket 64',
      'narrow 45',
      'narrow 38',
      'narrow 41',
      'narrow 43',
      'confirm 41#1',
    ]);
    expect(found).toMatchObject({
      state: 'FOUND',
      highestPassing: 41,
      lowestFailing: 43,
      confirmed: true,
      limitedBy: 'objectives',
    });
  });

  it('finds every whole limit exactly where the resolution is finer than one request', () => {
    for (let limit = 1; limit <= 40; limit++) {
      const found = search({ ...closed, resolution: 0.001 }, upTo(limit));
      expect(found).toMatchObject({ highestPassing: limit, lowestFailing: limit + 1, confirmed: true });
    }
  });

  it('halves where the first load fails, down to the least', () => {
    expect(search(closed, upTo(3)).moves.slice(0, 3)).toEqual(['start 8', 'bracket 4', 'bracket 2']);
    expect(search(closed, upTo(0))).toMatchObject({
      state: 'NONE',
      highestPassing: null,
      lowestFailing: 1,
      confirmed: false,
      limitedBy: 'objectives',
    });
  });

  it('ends at the highest load allowed, which it measures twice too', () => {
    const found = search({ ...closed, most: 50 }, upTo(1e9));
    expect(found.moves).toEqual(['start 8', 'bracket 16', 'bracket 32', 'bracket 50', 'confirm 50#1']);
    expect(found).toMatchObject({ state: 'MAX_REACHED', highestPassing: 50, lowestFailing: null, limitedBy: 'max' });
  });
});

describe('an open loop', () => {
  it('brackets any limit within the resolution, with few measurements', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 5000, noNaN: true }), (limit) => {
        const { highestPassing, lowestFailing, state, history } = search(open, upTo(limit));
        expect(state).toBe('FOUND');
        expect(highestPassing).toBeLessThanOrEqual(limit);
        expect(lowestFailing).toBeGreaterThan(limit);
        expect(lowestFailing! / highestPassing!).toBeLessThanOrEqual(1.0501);
        expect(history.length).toBeLessThanOrEqual(2 + Math.ceil(Math.abs(Math.log2(limit))) + 5);
      }),
    );
  });

  it('always ends, whatever the server says', () => {
    const outcomes = ['pass', 'likely', 'short', 'miss', 'failures', 'client', 'undecided', 'unsustained'] as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...outcomes), { minLength: 20, maxLength: 40 }), (said) => {
        let i = 0;
        const found = search(open, () => said[i++ % said.length]!);
        const { highestPassing, confirmed, history } = found;
        if (highestPassing === null) return;
        const own = history.filter(({ load }) => load === highestPassing).map(({ outcome }) => outcome);
        expect(own).toContain('pass');
        for (const bad of ['miss', 'failures', 'unsustained'] as const) expect(own).not.toContain(bad);
        if (confirmed) expect(own.filter((outcome) => outcome === 'pass').length).toBeGreaterThanOrEqual(2);
      }),
      { numRuns: 500 },
    );
  });
});

it('never claims a load that failed the second time, and goes on below it', () => {
  const found = search(closed, (load, repeat) => (load <= 32 && !(load === 32 && repeat > 0) ? 'pass' : 'miss'));
  expect(found.moves).toContain('confirm 32#1');
  expect(found.highestPassing).toBeLessThan(32);
  expect(found).toMatchObject({ state: 'FOUND', lowestFailing: 32, confirmed: true });
  expect(found.highestPassing).toBeGreaterThanOrEqual(30);
});

describe('a client that is to blame', () => {
  it('is measured again before it is believed', () => {
    const hiccup = (load: number, repeat: number) => (load === 16 && repeat === 0 ? 'client' : upTo(40)(load));
    const found = search(closed, hiccup);
    expect(found.moves.slice(0, 4)).toEqual(['start 8', 'bracket 16', 'again 16#1', 'bracket 32']);
    expect(found.state).toBe('FOUND');
  });

  it('never ends the search as a limit of the server', () => {
    const found = search(closed, (load) => (load <= 40 ? 'pass' : 'client'));
    expect(found).toMatchObject({
      state: 'CLIENT_LIMITED',
      highestPassing: 40,
      lowestFailing: null,
      confirmed: true,
      limitedBy: 'client',
    });
  });

  it('is no limit where the server gave out below it', () => {
    const found = search(closed, (load) => (load <= 40 ? 'pass' : load <= 50 ? 'miss' : 'client'));
    expect(found).toMatchObject({ state: 'FOUND', highestPassing: 40, lowestFailing: 41 });
  });

  it('leaves nothing to claim where it gave out at once', () => {
    expect(search(closed, () => 'client')).toMatchObject({ state: 'CLIENT_LIMITED', highestPassing: null });
  });
});

it('tells the limit of an account from that of the server', () => {
  expect(search(open, (load) => (load <= 5 ? 'pass' : 'rate_limit'))).toMatchObject({
    state: 'RATE_LIMITED',
    lowestFailing: null,
    limitedBy: 'rate_limit',
  });
});

it('says what the server failed by', () => {
  expect(search(open, (load) => (load <= 5 ? 'pass' : 'failures'))).toMatchObject({ limitedBy: 'failures' });
  expect(search(open, (load) => (load <= 5 ? 'pass' : 'unsustained'))).toMatchObject({ limitedBy: 'sustained' });
  expect(search(open, () => 'failures')).toMatchObject({ state: 'NONE', limitedBy: 'failures' });
});

describe('samples too small to decide', () => {
  it('lead on where nothing missed the objectives, but are no claim', () => {
    const found = search(closed, (load) => (load < 20 ? 'likely' : upTo(60)(load)));
    expect(found).toMatchObject({ state: 'FOUND', confirmed: true });
    expect(found.highestPassing).toBeGreaterThan(55);
    expect(search(closed, (load) => (load <= 60 ? 'likely' : 'miss'))).toMatchObject({
      state: 'UNDECIDED',
      highestPassing: null,
      limitedBy: 'undecided',
    });
    expect(search({ ...closed, most: 64 }, () => 'likely')).toMatchObject({ state: 'UNDECIDED' });
  });

  it('are measured a second time where they could mean either', () => {
    const found = search(closed, (load) => (load === 16 ? 'undecided' : upTo(60)(load)));
    expect(found.moves).toContain('again 16#1');
    expect(found).toMatchObject({ state: 'UNDECIDED', lowestFailing: null });
    expect(found.highestPassing).toBeGreaterThanOrEqual(15);
  });
});

describe('a lower bound of a rate', () => {
  it('leads up to the loads that reach it, and beyond them down again', () => {
    const found = search(closed, (load) => (load < 20 ? 'short' : upTo(60)(load)));
    expect(found).toMatchObject({ state: 'FOUND', confirmed: true });
    expect(found.highestPassing).toBeGreaterThan(55);
    // a throughput that falls again at overload
    const bump = search(closed, (load) => (load < 20 || load > 60 ? 'short' : 'pass'));
    expect(bump.highestPassing).toBeGreaterThan(55);
  });

  it('finds nothing where no load has both', () => {
    expect(search(closed, (load) => (load <= 60 ? 'short' : 'miss'))).toMatchObject({ state: 'NONE' });
    expect(search({ ...closed, most: 64 }, () => 'short')).toMatchObject({ state: 'NONE', limitedBy: 'max' });
  });
});

it('goes on where it stood: cut steps say nothing, but their prompts are spent', () => {
  const { history } = search(closed, upTo(41));
  for (let cut = 0; cut <= history.length; cut++) {
    const stopped: SearchPoint[] = [...history.slice(0, cut), { load: 999, outcome: 'unfinished' }];
    const move = nextMove(closed, stopped);
    expect(move).toEqual(nextMove(closed, history.slice(0, cut)));
  }
  const again = nextMove(closed, [{ load: 8, outcome: 'unfinished' }]);
  expect(again).toEqual({ kind: 'measure', load: 8, repeat: 1, longer: 1, why: 'start' });
});

it('measures four times as long where the sample could not decide', () => {
  const history: SearchPoint[] = [
    { load: 8, outcome: 'pass' },
    { load: 16, outcome: 'undecided' },
  ];
  expect(nextMove(closed, history)).toMatchObject({ load: 16, repeat: 1, longer: 4, why: 'again' });
  expect(nextMove(closed, [...history, { load: 16, outcome: 'pass' }])).toMatchObject({ load: 32, longer: 1 });
});

it('names both decided ends around loads that cannot be decided, and claims them where they lie near', () => {
  const around = (pass: number, failing: number): SearchPoint[] => [
    { load: pass, outcome: 'pass' },
    { load: failing, outcome: 'miss' },
    { load: pass + 1, outcome: 'undecided' },
    { load: pass + 1, outcome: 'undecided' },
    { load: pass, outcome: 'pass' },
  ];
  const near = nextMove({ ...closed, resolution: 0.05 }, around(40, 46));
  expect(near).toMatchObject({
    kind: 'done',
    result: { state: 'FOUND', highestPassing: 40, lowestFailing: 46, confirmed: true, limitedBy: 'objectives' },
  });
  const far = nextMove({ ...closed, resolution: 0.05 }, around(40, 47));
  expect(far).toMatchObject({
    kind: 'done',
    result: { state: 'UNDECIDED', highestPassing: 40, lowestFailing: 47, limitedBy: 'undecided' },
  });
});

it('takes a load that the client could not drive for no limit of the server, whatever lies above it', () => {
  const around = (failing: SearchPoint[]): SearchPoint[] => [
    { load: 40, outcome: 'pass' },
    ...failing,
    { load: 41, outcome: 'client' },
    { load: 41, outcome: 'client' },
    { load: 40, outcome: 'pass' },
  ];
  const alone = nextMove({ ...closed, resolution: 0.05 }, around([]));
  expect(alone).toMatchObject({ result: { state: 'CLIENT_LIMITED', lowestFailing: null, limitedBy: 'client' } });
  const failed = nextMove({ ...closed, resolution: 0.05 }, around([{ load: 44, outcome: 'miss' }]));
  expect(failed).toMatchObject({ result: { state: 'FOUND', highestPassing: 40, lowestFailing: 44 } });
  const far = nextMove({ ...closed, resolution: 0.05 }, around([{ load: 80, outcome: 'miss' }]));
  expect(far).toMatchObject({ result: { state: 'CLIENT_LIMITED', highestPassing: 40, limitedBy: 'client' } });
});

describe('a search that was stopped', () => {
  const stopped = (...history: readonly (readonly [number, SweepOutcome])[]) =>
    stoppedResult(
      closed,
      history.map(([load, outcome]) => ({ load, outcome })),
    );

  it('names the bracket that it came to', () => {
    expect(stopped([8, 'pass'], [16, 'pass'], [32, 'miss'])).toMatchObject({
      ...{ state: 'UNFINISHED', highestPassing: 16, lowestFailing: 32, confirmed: false },
    });
    expect(stopped()).toMatchObject({ highestPassing: null, lowestFailing: null });
  });
  it('names no load that was doubted, or cut short, when it was measured again', () => {
    expect(stopped([8, 'pass'], [16, 'pass'], [16, 'client']).highestPassing).toBe(8);
    expect(stopped([8, 'pass'], [16, 'undecided'], [16, 'pass']).highestPassing).toBe(16);
    expect(stopped([8, 'pass'], [8, 'miss'])).toMatchObject({ highestPassing: null, lowestFailing: 8 });
  });
});
