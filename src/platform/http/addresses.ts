/**
 * Which addresses belong to everybody: those of a local network, of this machine and of no machine are none. The
 * registries are IANA's "special-purpose" ones for IPv4 and IPv6 (RFC 6890).
 */
import { BlockList, isIP } from 'node:net';

const SPECIAL = new BlockList();
for (const range of [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private (RFC 1918)
  '100.64.0.0/10', // shared by a provider's customers
  '127.0.0.0/8', // this machine
  '169.254.0.0/16', // link-local, and the metadata of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24', // protocols
  '192.0.2.0/24', // documentation
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16',
  '198.18.0.0/15', // measuring
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
]) {
  const [network, bits] = range.split('/');
  SPECIAL.addSubnet(network, Number(bits), 'ipv4');
}

/** Global unicast is 2000::/3, but for what is set apart in it. */
const GLOBAL = new BlockList();
GLOBAL.addSubnet('2000::', 3, 'ipv6');
const APART = new BlockList();
APART.addSubnet('2001::', 23, 'ipv6'); // protocols, Teredo
APART.addSubnet('2001:db8::', 32, 'ipv6'); // documentation
APART.addSubnet('2002::', 16, 'ipv6'); // 6to4, which holds any IPv4 address
APART.addSubnet('3fff::', 20, 'ipv6'); // documentation

/** The eight words of an IPv6 address; the last two may be written as IPv4. */
function wordsOf(address: string): number[] {
  const plain = address.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const hex = (high: string, low: string): string => ((Number(high) << 8) | Number(low)).toString(16);
    return `${hex(a as string, b as string)}:${hex(c as string, d as string)}`;
  });
  const [head, tail] = plain.split('::').map((part) => part.split(':').filter((word) => word !== ''));
  const zeros = tail === undefined ? [] : new Array<string>(8 - head.length - tail.length).fill('0');
  return [...head, ...zeros, ...(tail ?? [])].map((word) => Number.parseInt(word, 16));
}

/** The IPv4 address in one that is written as IPv6: mapped (::ffff:0:0/96), or translated (64:ff9b::/96). */
function embedded(address: string): string | null {
  const words = wordsOf(address);
  const starts = (...head: number[]): boolean => head.every((word, i) => words[i] === word);
  if (!starts(0, 0, 0, 0, 0, 0xffff) && !starts(0x64, 0xff9b, 0, 0, 0, 0)) return null;
  return [words[6] >> 8, words[6] & 255, words[7] >> 8, words[7] & 255].join('.');
}

/** Whether an IP address is one that anybody on the internet may be reached at. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (family === 4) return !SPECIAL.check(address, 'ipv4');
  const inner = embedded(address);
  if (inner !== null) return !SPECIAL.check(inner, 'ipv4');
  return GLOBAL.check(address, 'ipv6') && !APART.check(address, 'ipv6');
}

/** The IP address that a URL's host is written as, or null for a name. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 0 ? null : bare;
}
