import { groupedBy, type Reading } from './watched.ts';

/** One device as one source sees it. */
export interface DeviceView {
  readonly host: string;
  readonly family: string;
  readonly index: number | null;
  readonly uuid: string | null;
  readonly serial: string | null;
  readonly pci: string | null;
  readonly readings: Reading[];
}

/** Sources of one vendor count its devices alike. */
const families: Readonly<Record<string, string>> = { dcgm: 'nvidia', triton: 'nvidia', rocm: 'amd', dme: 'amd' };

const familyOf = (source: string): string => {
  const word = source.split(/[-/ :]/)[0]!;
  return families[word] ?? word;
};

/** `00000000:1A:00.0` and `0000:1a:00.0` are one address. */
const pciOf = (text: string): string => text.toLowerCase().replace(/^0+(?=[0-9a-f]{4}:)/, '');

/**
 * Readings by device, each device with the views that sources have of it. A device is known by its UUID, serial number or
 * address; by its index alone only where a source tells nothing better (G-6).
 */
export function watchedDevices(readings: readonly Reading[]): DeviceView[][] {
  const views = [...groupedBy(readings, viewKey).values()].map(viewOf);
  const devices: DeviceView[][] = [];
  for (const view of views) {
    const known = devices.find((others) => others.some((other) => isSame(view, other)));
    if (known === undefined) devices.push([view]);
    else known.push(view);
  }
  return devices;
}

function viewKey({ source, via, host, device }: Reading): string {
  const { uuid, serial, pci, index } = device ?? {};
  return JSON.stringify([via ?? source, host, uuid ?? serial ?? pci ?? index ?? 0]);
}

function viewOf(readings: Reading[]): DeviceView {
  const first = readings[0]!;
  const { uuid, serial, pci, index } = first.device ?? {};
  return {
    host: first.host,
    family: familyOf(first.source),
    index: index ?? null,
    uuid: uuid ?? null,
    serial: serial ?? null,
    pci: pci === undefined ? null : pciOf(pci),
    readings,
  };
}

function isSame(a: DeviceView, b: DeviceView): boolean {
  // The vendor's UUID is one in the world, whatever a source calls its host.
  if (a.uuid !== null && a.uuid === b.uuid && (a.host === b.host || a.uuid.startsWith('GPU-'))) return true;
  if (a.host !== b.host || a.family !== b.family) return false;
  const both = (['uuid', 'serial', 'pci'] as const).filter((kind) => a[kind] !== null && b[kind] !== null);
  if (both.some((kind) => a[kind] === b[kind])) return true;
  const sameSource = a.readings[0]!.source === b.readings[0]!.source;
  return both.length === 0 && !sameSource && a.index !== null && a.index === b.index;
}

/** A name that stays the same over runs where the source gives one. */
export function idOf({ host, uuid, serial, pci, index, family }: DeviceView): string {
  if (uuid !== null) return uuid.startsWith('GPU-') ? uuid : `${host}/${uuid}`;
  return `${host}/${serial ?? pci ?? `${family}:${index ?? 0}`}`;
}
