import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { measureFrontDoor } from '../../src/experiment/frontdoor.ts';

it('times each answer from its own request, also where the server closes kept connections', async () => {
  const server = createServer((socket) => {
    let left = 5;
    socket.on('error', () => {});
    socket.on('data', () => {
      if (left === 0) return;
      left--;
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
      if (left === 0) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { connections, requestsPerS, latencyMs, errors } = await measureFrontDoor(
    `http://127.0.0.1:${port}`,
    '/health',
    1,
  );
  server.close();
  expect(errors).toBe(0);
  expect(requestsPerS).toBeGreaterThan(10);
  // So many connections, one request at a time on each: by Little's law the mean latency cannot be longer than this.
  const longestMs = (connections / requestsPerS) * 1000;
  expect(latencyMs.p50).toBeLessThan(3 * longestMs + 2);
});
