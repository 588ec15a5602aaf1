import { expect, it } from 'vitest';
import { renderConsole } from '../../src/document/console.ts';
import { renderCsv } from '../../src/document/csv.ts';
import { type CalibrationFindings, calibrationDocument, isNoisy, pointWords } from '../../src/report/calibration.ts';

const point = {
  axis: 'streams' as const,
  streams: 512,
  tokensPerS: 25_000,
  requestsPerS: 250,
  timingErrorP50Ms: 0.04,
  timingErrorP99Ms: 0.41,
  scheduleLagP99Ms: null,
  cpuUsPerToken: 9.1,
  cpuShare: 0.228,
  serverKept: true,
};
const findings: CalibrationFindings = {
  takenAt: '2026-11-24T00:00:00.000Z',
  machine: { hostname: 'rig', platform: 'linux-x64', cpu: 'EPYC', cores: 2, node: '26.0.0', tokbench: '0.1.0' },
  limitMs: 1,
  ceiling: { streams: 512, tokensPerS: 25_000, requestsPerS: 2000 },
  bounds: { streams: 'client', tokensPerS: 'server', requestsPerS: 'range' },
  curve: [point, { ...point, streams: 1024, tokensPerS: 40_000, serverKept: false }],
  costPerTokenUs: 8.7,
  seconds: 48.2,
  reference: { autocannonRequestsPerS: 60_000, tokbenchRequestsPerS: 48_000 },
};
const screen = { columns: 100, color: false, unicode: true };
const print = (found: CalibrationFindings) => renderConsole(calibrationDocument(found, '/c/calibration.json'), screen);

it('says what the client can do, what bounds it, and that the server shared the machine', () => {
  const text = print(findings);
  for (const words of ['512', 'more is beyond the client', 'at least: the server could', 'fell behind', '0.800 times'])
    expect(text).toContain(words);
  expect(text).toContain('The server ran on this machine too');
  expect(text).not.toContain('Calibrate again');
});

it('asks for a quiet machine where not even a small load passed', () => {
  const noisy = { ...findings, ceiling: { streams: null, tokensPerS: null, requestsPerS: null } };
  expect([isNoisy(noisy), isNoisy(findings)]).toEqual([true, false]);
  const text = renderConsole(calibrationDocument(noisy, null), screen);
  expect(text).toContain('nothing: what was kept before');
  expect(text).toContain('even the lowest load tried');
  expect(text).toContain('Calibrate again when it is quiet');
});

it('gives the curve as rows', () => {
  const [head, first] = renderCsv(calibrationDocument(findings, 'x')).split('\n');
  expect(head).toContain('timingErrorP99Ms');
  expect(first).toContain('streams,512,25000');
});

it('tells each load as it is tried', () => {
  expect(pointWords(point, true)).toBe('512 streams, 25,000 tok/s: timing error p99 0.410 ms, inside');
  expect(pointWords({ ...point, axis: 'requests' }, false)).toContain('250 req/s');
  expect(pointWords({ ...point, serverKept: false }, false)).toContain('the server fell behind');
});
