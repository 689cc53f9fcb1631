/** The packets of wire §7.3, byte for byte. */
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

const DAY = '00e0b044 9a89b044 cd3cb244 9a21b044';
const QUOTE_BODY = '01 450b0000 00b0b144 1900 ab1d006b 3d7ab144 15bf3400 b94a0600 ad150600';

export const VECTORS = {
  ticker: hex('02 1000 01 450b0000 00b0b144 ab1d006b'),
  quote: hex(`04 3200 ${QUOTE_BODY} ${DAY}`),
  full: Buffer.concat([
    hex(`08 a200 ${QUOTE_BODY} 00000000 00000000 00000000 ${DAY}`),
    hex('64000000 c8000000 0300 0400 cdacb144 00b0b144'),
    Buffer.alloc(80),
  ]),
  prevClose: hex('06 1000 00 0d000000 80bcca46 00000000'),
  oi: hex('05 0c00 02 b9bf0000 8fd61200'),
  disconnect: hex('32 0a00 00 00000000 2703'),
  marketStatus: hex('07 0800 01 00000000'),
} as const;

/** A quote packet with some fields changed. */
export function quotePacket(changes: { securityId?: number; ltt?: number; ltp?: number; volume?: number }): Buffer {
  const packet = Buffer.from(VECTORS.quote);
  if (changes.securityId !== undefined) packet.writeUInt32LE(changes.securityId, 4);
  if (changes.ltp !== undefined) packet.writeFloatLE(changes.ltp, 8);
  if (changes.ltt !== undefined) packet.writeUInt32LE(changes.ltt, 14);
  if (changes.volume !== undefined) packet.writeUInt32LE(changes.volume, 22);
  return packet;
}
