import type { FailureCode } from '../record/exchange.ts';
import type { EventStreamFault } from '../wire/eventstream.ts';
import type { Facts } from './facts.ts';

const faults: Readonly<Record<EventStreamFault, readonly [FailureCode, string]>> = {
  bad_crc: ['bad_crc', 'The checksum of a message of the stream is wrong.'],
  bad_length: ['malformed_event', 'A message of the stream has an impossible length.'],
  bad_header: ['malformed_event', 'A header of a message of the stream cannot be read.'],
};

/** Fails a reply whose event stream cannot be read on; null = it can. */
export function eventStreamFailure(fault: EventStreamFault | null, facts: Facts): void {
  if (fault !== null) facts.fail(...faults[fault]);
}

/** What AWS says of a failure, and its name. */
export function sentence(type: string, message: string): string {
  return message === '' ? `The server reported ${type}.` : `The server says: ${message} (${type})`;
}

/** A label of a path as AWS escapes it: a model may be an ARN. */
export function awsLabel(name: string): string {
  return encodeURIComponent(name).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
