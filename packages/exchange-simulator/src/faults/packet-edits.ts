import { HEADER_BYTES, PACKET_CODES } from '../feed/packets.ts';

/** Offsets of the fields that faults change, by response code (wire §7.3). */
interface Fields {
  readonly lastPrice: number;
  readonly tradeTime: number;
  readonly volume?: number;
}
const OF_TRADES: Fields = { lastPrice: 8, tradeTime: 14, volume: 22 };
const FIELDS: Readonly<Record<number, Fields>> = {
  [PACKET_CODES.ticker]: { lastPrice: 8, tradeTime: 12 },
  [PACKET_CODES.quote]: OF_TRADES,
  [PACKET_CODES.full]: OF_TRADES,
};

/** Nobody documents this response code. */
const UNKNOWN_CODE = 99;
const UNKNOWN_BYTES = 24;

/** One encoded packet whose fields can be changed. */
export class EditablePacket {
  readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly fields: Fields | undefined;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.fields = FIELDS[bytes[0] as number];
  }

  /** Whether it tells of trades: a previous close does not. */
  get isOfTrades(): boolean {
    return this.fields !== undefined;
  }

  /** Shares traded in the day; undefined where the packet has no such field. */
  get volume(): number | undefined {
    const at = this.fields?.volume;
    return at === undefined ? undefined : this.view.getUint32(at, true);
  }

  set volume(shares: number) {
    if (this.fields?.volume !== undefined) this.view.setUint32(this.fields.volume, shares, true);
  }

  set lastPrice(price: number) {
    if (this.fields !== undefined) this.view.setFloat32(this.fields.lastPrice, price, true);
  }

  /** IST wall-clock seconds. */
  set tradeTime(seconds: number) {
    if (this.fields !== undefined) this.view.setUint32(this.fields.tradeTime, seconds, true);
  }
}

/** A packet that no document knows, about the same instrument; its header tells its length. */
export function unknownPacket(like: Uint8Array): Uint8Array {
  const packet = new Uint8Array(UNKNOWN_BYTES);
  packet.set(like.subarray(0, HEADER_BYTES));
  packet[0] = UNKNOWN_CODE;
  new DataView(packet.buffer).setUint16(1, UNKNOWN_BYTES, true);
  return packet;
}
