/** Where to listen: an IP address without brackets, or `localhost`; port 0 takes a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** The address of `HOST:PORT`, IPv6 in brackets; null when it is none. Other names than `localhost` are not looked up. */
export function parseListenAddress(text: string): ListenAddress | null {
  const [, host = '', digits = ''] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (port > 65_535 || host === '') return null;
  if (host === 'localhost' || isIpv4(host)) return { host, port };
  const inside = /^\[([\da-f:.]+)\]$/i.exec(host)?.[1];
  return inside !== undefined && URL.canParse(`http://[${inside}]/`) ? { host: inside, port } : null;
}

/** `HOST:PORT` of an address, IPv6 in brackets. */
export function listenAddressText({ host, port }: ListenAddress): string {
  return `${bracketed(host)}:${port}`;
}

/** Tells whether a host is reached from this machine alone: `localhost`, 127.0.0.0/8 or ::1, in brackets or not. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost' || (isIpv4(host) && host.startsWith('127.'))) return true;
  const inside = host.replace(/^\[(.*)\]$/, '$1');
  const whole = `http://[${inside}]/`;
  return inside.includes(':') && URL.canParse(whole) && new URL(whole).hostname === '[::1]';
}

/** By which this machine reaches what listens there: every address means its own loopback address. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  const whole = `http://${bracketed(host)}/`;
  return new URL(whole).hostname === '[::]' ? '[::1]' : bracketed(host);
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function isIpv4(text: string): boolean {
  return (
    /^(?:\d{1,3}\.){3}\d{1,3}$/.test(text) &&
    text.split('.').every((part) => /^(?:0|[1-9]\d*)$/.test(part) && Number(part) < 256)
  );
}
