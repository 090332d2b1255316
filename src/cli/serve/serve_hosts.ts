/** Where `weft serve` is reached: the addresses to open, and the names that a request may have used. */
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Whether only this machine reaches an address. */
export function isLoopback(address: string): boolean {
  return /^(::1$|127\.|::ffff:127\.)/.test(address);
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** Options of `urlsOf`. */
export interface UrlOptions {
  /** The machine's; default: those that it has. */
  readonly interfaces?: ReturnType<typeof networkInterfaces>;
  /** Default http. */
  readonly scheme?: 'http' | 'https';
}

/**
 * What to open, this machine's own first: no browser opens 0.0.0.0 or :: themselves.
 * @param bound what the server listens on.
 */
export function urlsOf(
  { address, port }: Pick<AddressInfo, 'address' | 'port'>,
  { interfaces = networkInterfaces(), scheme = 'http' }: UrlOptions = {},
): string[] {
  const url = (name: string): string => `${scheme}://${name}:${port}/`;
  if (address !== '0.0.0.0' && address !== '::') return [url(inUrl(address))];
  const others = Object.values(interfaces)
    .flatMap((list) => list ?? [])
    // a link-local address is none without its interface
    .filter((i) => !i.internal && (i.family === 'IPv4' || (address === '::' && !i.address.startsWith('fe80:'))));
  return [url('localhost'), ...others.map((i) => url(inUrl(i.address)))];
}

/**
 * Whether a request from this machine named this server. Another site may let a name of its own lead here (DNS
 * rebinding), but no address: so localhost and addresses are known, and nothing else.
 * @param host the request's header. @param local the address that it came to. @param bound what the server listens on.
 */
export function isOwnName(host: string, local: string, bound: string): boolean {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  return ['localhost', '127.0.0.1', '[::1]', inUrl(local), inUrl(bound)].includes(name);
}

/**
 * Whether a page's origin and a request's host are two of this machine's own names (localhost, 127.0.0.1, [::1]) with
 * one port: the same server. Another port is another program's page.
 * @param origin `http://localhost:8080`. @param host `127.0.0.1:8080`.
 */
export function isSameMachine(origin: string, host: string): boolean {
  const [name, port] = parted(origin.replace(/^https?:\/\//, ''));
  const [ownName, ownPort] = parted(host);
  const isOwn = (n: string): boolean => n === 'localhost' || n === '[::1]' || /^127(\.\d{1,3}){3}$/.test(n);
  return /^https?:\/\//.test(origin) && port === ownPort && isOwn(name) && isOwn(ownName);
}

/** Name and port; the port is '' where the scheme's own is meant. */
function parted(host: string): [name: string, port: string] {
  const [, name, port = ''] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  return [name ?? '', port];
}
