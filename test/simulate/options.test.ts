import { expect, it } from 'vitest';
import { resolveSimulation, type SimulatorOptions } from '../../src/simulate/options.ts';
import { parseSimulatedProfile, readSimulatedProfile, simulatedProfileNames } from '../../src/simulate/profile.ts';
import { startSimulator } from '../../src/simulate/simulator.ts';

it('fills in what was not said', () => {
  const simulation = resolveSimulation({});
  expect(simulation).toMatchObject({
    host: '127.0.0.1',
    port: 0,
    seed: 1,
    pace: null,
    tokensPerEvent: 1,
    apiKey: null,
  });
  expect(simulation.model).toBe(simulation.profile.model);
  expect(resolveSimulation({ profile: 'cpu', maxSequences: 3 }).profile.maxSequences).toBe(3);
});

it.each<[string, SimulatorOptions]>([
  ['bad_option', { port: 70_000 }],
  ['bad_option', { port: 1.5 }],
  ['bad_option', { seed: -1 }],
  ['bad_option', { pace: { ttftMs: -1, itlMs: 1 } }],
  ['bad_option', { pace: { ttftMs: 1, itlMs: Number.NaN } }],
  ['bad_option', { tokensPerEvent: 0 }],
  ['bad_option', { reasoningShare: 1.1 }],
  ['bad_option', { maxSequences: 0 }],
  ['bad_fault', { faults: { reset: 2 } }],
  ['missing_api_key', { apiKeyEnv: 'TOKBENCH_NO_SUCH_VARIABLE' }],
  ['unknown_profile', { profile: 'h1000' }],
  ['unreadable_profile', { profile: './nowhere.yaml' }],
  ['kv_cache_too_small', { kvCacheTokens: 100 }],
])('refuses with %s: %j', (code, options) => {
  expect(() => resolveSimulation(options)).toThrow(expect.objectContaining({ code, exit: 2 }));
});

it('cannot start where it must not', async () => {
  await expect(startSimulator({ host: '203.0.113.7' })).rejects.toMatchObject({ code: 'bad_host' });
  await expect(startSimulator({ truth: '/nowhere/truth.jsonl' })).rejects.toMatchObject({ code: 'unwritable_truth' });
});

it('ships profiles that say where they are from', () => {
  expect(simulatedProfileNames()).toEqual(['cpu', 'h100-8b', 'small-gpu']);
  for (const name of simulatedProfileNames()) {
    const profile = readSimulatedProfile(name);
    expect(profile.name).toBe(name);
    expect(profile.kvCacheTokens).toBeGreaterThanOrEqual(profile.maxModelTokens);
  }
});

it('names what is wrong in a profile', () => {
  expect(() => parseSimulatedProfile('name: [', 'x.yaml')).toThrow(/x\.yaml is not YAML/);
  expect(() => parseSimulatedProfile('name: x', 'x.yaml')).toThrow(/x\.yaml: description/);
});
