import { access, readFile } from 'node:fs/promises';
import { absentUnless } from './exporter-kind.ts';
import { type CpuTicks, cgroupFolder, type HostTexts, hostPaths, readHost } from './host-files.ts';
import { LineSplitter } from './lines.ts';
import { pollSource } from './poll-source.ts';
import { type FindContext, type Source, type SourceKind, TelemetryProblem } from './source.ts';
import { emptySample } from './stamp.ts';
import { type Output, type OutputReader, type Place, streamSource } from './stream-source.ts';
import { endProblem, runTool, type Tool } from './tool.ts';
import { refuseValue, sshHost } from './tool-kind.ts';

/** The group that this process is in, where it has one of its own. */
async function ownCgroup(): Promise<string | null> {
  const folder = cgroupFolder(await readFile('/proc/self/cgroup', 'utf8').catch(() => ''));
  return await access(`${folder}/cpu.stat`).then(
    () => folder,
    () => null,
  );
}

async function readTexts(cgroup: string | null): Promise<HostTexts> {
  const texts = await Promise.all(
    Object.entries(hostPaths).map(
      async ([name, path]) => [name, await readFile(inGroup(path, cgroup), 'utf8').catch(() => '')] as const,
    ),
  );
  return Object.fromEntries(texts);
}

function inGroup(path: string, cgroup: string | null): string {
  return cgroup === null ? path : path.replace(/^\/sys\/fs\/cgroup(?=\/)/, cgroup);
}

function local(context: FindContext): Source {
  return pollSource({
    name: 'host',
    host: context.hostname,
    context,
    shortestMs: 200,
    begin() {
      const cgroup = ownCgroup();
      let before: CpuTicks | null = null;
      return async (out, stamp) => {
        const read = readHost(await readTexts(await cgroup), before);
        if (read === null)
          throw new TelemetryProblem('unavailable', 'This machine has no /proc/stat: its own load is not read.');
        before = read.ticks;
        out.sample({ ...emptySample('host', stamp()), host_stats: read.stats });
      };
    },
  });
}

const mark = '==tokbench==';

/** One shell that writes all files with a line before each, again and again. */
function remoteScript(intervalMs: number): string {
  const files = Object.entries(hostPaths).map(([name, path]) => `echo '${mark} ${name}'; cat ${path} 2>/dev/null`);
  return `while :; do ${files.join('; ')}; echo '${mark} end'; sleep ${Math.max(1, Math.round(intervalMs / 1000))}; done`;
}

/** Readings of `remoteScript`. */
export class RemoteHostReader implements OutputReader {
  private readonly out: Output;
  private readonly place: Place;
  private readonly lines = new LineSplitter();
  private texts: Record<string, string> = {};
  private name: string | null = null;
  private before: CpuTicks | null = null;

  constructor(out: Output, place: Place) {
    this.out = out;
    this.place = place;
  }

  push(bytes: Buffer): void {
    for (const line of this.lines.push(bytes)) {
      if (line.startsWith(mark)) this.section(line.slice(mark.length + 1));
      else if (this.name !== null) this.texts[this.name] = `${this.texts[this.name] ?? ''}${line}\n`;
    }
  }

  private section(name: string): void {
    this.name = name === 'end' ? null : name;
    if (name !== 'end') return;
    const read = readHost(this.texts, this.before);
    this.texts = {};
    if (read === null) {
      this.out.note('malformed_output', `The files of ${this.place.host} hold no processor time.`);
      return;
    }
    this.before = read.ticks;
    this.out.sample({ ...emptySample('host', this.place.clock.stamp(this.place.host, null)), host_stats: read.stats });
  }
}

function remote(ssh: string, context: FindContext): Source {
  return streamSource({
    name: `ssh://${ssh}/host`,
    host: sshHost(ssh),
    context,
    tool: async () => ({ command: 'sh', args: ['-c', remoteScript(context.intervalMs)], ssh, called: 'host' }),
    reader: (out, place) => new RemoteHostReader(out, place),
  });
}

/** Processor time, memory, network, pressure and limits of a machine, out of its own files. */
export const host: SourceKind = {
  name: 'host',
  form: 'host or ssh://HOST/host',
  auto: true,
  remote: true,
  check: (argument) => refuseValue(argument, 'host'),
  async find({ ssh }, context, signal) {
    if (ssh !== null) {
      const tool: Tool = { command: 'cat', args: ['/proc/stat'], ssh, called: 'host' };
      return absentUnless(async () => {
        const looked = await runTool(tool, context.timeoutMs, signal);
        if (looked.code !== 0) throw endProblem(tool, looked);
        return [remote(ssh, context)];
      });
    }
    if (readHost(await readTexts(null), null) === null)
      return { absent: { code: 'unavailable', sentence: 'This machine has no /proc/stat: its own load is not read.' } };
    return [local(context)];
  },
};
