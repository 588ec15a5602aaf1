import { expect, it } from 'vitest';
import { UserError } from '../../src/error/user-error.ts';
import { parseTelemetry } from '../../src/telemetry/argument.ts';
import { sourceKinds } from '../../src/telemetry/sources.ts';

function problem(...values: string[]): UserError {
  try {
    parseTelemetry(values);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error(`${values.join(' ')} was accepted`);
}

it('is auto without anything', () => {
  expect(parseTelemetry([])).toEqual({ mode: 'some', auto: true, remote: [], named: [] });
  expect(parseTelemetry(['none'])).toEqual({ mode: 'none' });
});

it('takes names, values, other machines and lists', () => {
  expect(
    parseTelemetry(['auto,nvidia-smi', 'dcgm=http://gpu-1:9400', 'ssh://me@node-2:2222/amd-smi', 'ssh://node-3']),
  ).toEqual({
    mode: 'some',
    auto: true,
    remote: ['node-3'],
    named: [
      { text: 'nvidia-smi', kind: 'nvidia-smi', value: null, ssh: null },
      { text: 'dcgm=http://gpu-1:9400', kind: 'dcgm', value: 'http://gpu-1:9400', ssh: null },
      { text: 'ssh://me@node-2:2222/amd-smi', kind: 'amd-smi', value: null, ssh: 'me@node-2:2222' },
    ],
  });
});

it('takes a comma in a URL for no other source', () => {
  const url = 'prometheus=http://p:9090/federate?match[]={job="a",host="b",server="c"}';
  const wanted = parseTelemetry([`${url},host,ssh://n1/nvidia-smi, dcgm=http://n2:9400`]);
  expect(wanted).toMatchObject({
    named: [{ text: url }, { text: 'host' }, { text: 'ssh://n1/nvidia-smi' }, { text: 'dcgm=http://n2:9400' }],
  });
});

it('does not look on this machine where sources are named', () => {
  expect(parseTelemetry(['host'])).toMatchObject({ auto: false });
});

it('names the nearest of a name that does not exist', () => {
  const error = problem('nvidea-smi');
  expect([error.code, error.exit]).toEqual(['unknown_telemetry', 2]);
  expect(error.message).toContain('Did you mean "nvidia-smi"?');
  expect(problem('zzzzzz').message).not.toContain('Did you mean');
});

it.each([
  ['none', 'host'],
  ['nvidia-smi=5'],
  ['prometheus'],
  ['dcgm=gpu-1'],
  ['dcgm=ftp://gpu-1/'],
  ['prometheus=http://user:secret@host/metrics'],
  ['ssh://node-1/dcgm'],
  ['ssh://-oProxyCommand=sh/host'],
  ['ssh://me@-x/host'],
  ['ssh:///host'],
  ['ssh://node 1/host'],
])('refuses %j %j', (...values) => {
  const error = problem(...values.filter((value) => value !== undefined));
  expect(error.code).toBe('bad_telemetry');
  expect(error.message).not.toContain('secret');
});

it('has one kind for each name', () => {
  const names = sourceKinds.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
