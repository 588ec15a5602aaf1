import { describe, expect, it } from 'vitest';
import { type SearchOptions, searchCeiling, type Trial } from '../../src/experiment/calibrate-search.ts';

const space: SearchOptions = {
  first: 64,
  least: 4,
  most: 4096,
  refinements: 5,
  round: Math.round,
  timeLeft: () => true,
};
const upTo =
  (limit: number, tried: number[] = []) =>
  async (load: number): Promise<Trial> => {
    tried.push(load);
    return { passed: load <= limit, serverKept: true };
  };

describe('the search for a ceiling', () => {
  it.each([5, 63, 64, 100, 999, 2500])('brackets %i within 2 %% from below', async (limit) => {
    const { load, bound } = await searchCeiling({ ...space, refinements: 8 }, upTo(limit));
    expect(bound).toBe('client');
    expect(load!).toBeLessThanOrEqual(limit);
    expect(load!).toBeGreaterThanOrEqual(Math.floor(limit * 0.98));
  });

  it('doubles up to the end of the range, and says that this was no ceiling', async () => {
    const tried: number[] = [];
    expect(await searchCeiling(space, upTo(1e9, tried))).toEqual({ load: 4096, bound: 'range' });
    expect(tried).toEqual([64, 128, 256, 512, 1024, 2048, 4096]);
  });

  it('has none where even the least load fails', async () => {
    const tried: number[] = [];
    expect(await searchCeiling(space, upTo(0, tried))).toEqual({ load: null, bound: 'client' });
    expect(Math.min(...tried)).toBe(4);
  });

  it('tries a load that failed once more before it believes it', async () => {
    const seen = new Set<number>();
    const hiccup = async (load: number): Promise<Trial> => {
      const first = !seen.has(load);
      seen.add(load);
      return { passed: load <= 300 && !(first && load === 128), serverKept: true };
    };
    const { load } = await searchCeiling({ ...space, refinements: 8 }, hiccup);
    expect(load!).toBeGreaterThan(290);
  });

  it('blames the server for a load that it could not keep up with', async () => {
    const slow = async (load: number): Promise<Trial> => ({ passed: true, serverKept: load <= 500 });
    const { load, bound } = await searchCeiling(space, slow);
    expect(bound).toBe('server');
    expect(load!).toBeLessThanOrEqual(500);
    expect(load!).toBeGreaterThan(450);
  });

  it('ends with what it has when the time is up', async () => {
    let left = 3;
    const timeLeft = () => left-- > 0;
    expect(await searchCeiling({ ...space, timeLeft }, upTo(1e9))).toEqual({ load: 256, bound: 'time' });
    expect(await searchCeiling({ ...space, timeLeft: () => false }, upTo(1e9))).toEqual({ load: null, bound: 'time' });
  });
});
