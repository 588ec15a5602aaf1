import { expect, it } from 'vitest';
import { listProfiles, profileKinds, showProfile } from '../../src/experiment/catalogue.ts';

it('lists every profile that ships, with what its reader must know', () => {
  expect(profileKinds()).toEqual(expect.arrayContaining(['simulated', 'workloads']));
  expect(profileKinds()).not.toContain('schemas');
  const all = listProfiles(null);
  const workloads = listProfiles('workloads');
  expect(all).toEqual(expect.arrayContaining(workloads));
  expect(workloads.map(({ name }) => name)).toEqual(expect.arrayContaining(['chat', 'rag', '1k1k', 'demo']));
  for (const { kind, name, source, date } of all) {
    // A study's sources stand beside its assumptions.
    expect(kind === 'studies' ? [name, date] : [kind, name, source, date]).not.toContain(null);
    expect(date).toMatch(/^\d{4}-\d\d/);
  }
});

it('shows a profile as it ships and as data', () => {
  const { text, data } = showProfile('workloads', 'chat');
  expect(text).toMatch(/^#.*\n.*schema: tokbench\.workload\/1/s);
  expect(data).toMatchObject({ name: 'chat', inputTokens: expect.any(String) });
  expect(showProfile('workloads', 'chat.yaml').text).toBe(text);
});

it('names the nearest right word, and opens no other file', () => {
  expect(() => showProfile('workloads', 'caht')).toThrow(/; did you mean "chat"\?$/);
  expect(() => showProfile('workloads', 'nothing')).toThrow(/; there is 1k1k, .*chat.*\.$/);
  expect(() => showProfile('workload', 'chat')).toThrow(/no kind of profile "workload"; the kinds are .*workloads/);
  expect(() => listProfiles('nothing')).toThrow(/no kind of profile/);
  for (const name of ['../workloads/chat', '../../package', '/etc/passwd', '']) {
    expect(() => showProfile('workloads', name)).toThrow(/no profile/);
  }
});
