// Writes what starting the program need not work out: oclif.manifest.json from the compiled commands, and the overview of
// commands for every width of terminal.
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Config, Help, Plugin } from '@oclif/core';

const root = fileURLToPath(new URL('..', import.meta.url));
rmSync(new URL('../oclif.manifest.json', import.meta.url), { force: true });
const plugin = new Plugin({ errorOnManifestCreate: true, ignoreManifest: true, respectNoCacheDefault: true, root });
await plugin.load();
writeFileSync(new URL('../oclif.manifest.json', import.meta.url), `${JSON.stringify(plugin.manifest, null, 2)}\n`);

/** Nothing is wider, so that all wider terminals show the same. */
const widest = 200;
const config = await Config.load(root);

class Recorded extends Help {
  text = '';

  log(...parts) {
    this.text += `${parts.join(' ')}\n`;
  }
}

const layouts = [];
for (let columns = 40; columns <= widest; columns++) {
  const help = new Recorded(config, { maxWidth: columns, stripAnsi: true });
  await help.showRootHelp();
  if (help.text !== layouts.at(-1)?.text) layouts.push({ from: columns, text: help.text });
}
writeFileSync(new URL('../dist/help.json', import.meta.url), JSON.stringify({ userAgent: config.userAgent, layouts }));
