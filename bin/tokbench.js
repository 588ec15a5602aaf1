#!/usr/bin/env node
// Plain syntax and no static import of the program: this file must also run on a Node that is too old for the rest.
import process from 'node:process';

const oldest = [22, 19];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  process.stderr.write(
    `tokbench needs Node ${oldest.join('.')} or newer and was started by Node ${process.versions.node}. ` +
      'In a clone, `npm ci` brings the right one and `npx tokbench` uses it.\n',
  );
  process.exitCode = 2;
} else {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache?.();
  const { answerAtOnce } = await import('../dist/instant.js');
  if (!answerAtOnce(process.argv.slice(2))) {
    const { start } = await import('../dist/start.js');
    await start(import.meta.url);
  }
}
