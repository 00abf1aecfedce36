import { expect, test } from 'vitest';
import {
  isLoopback,
  listenAddressText,
  parseListenAddress,
  reachableHost,
} from '../../../src/shared/listen-address.ts';

test.each([
  ['127.0.0.1:9470', '127.0.0.1', 9470],
  ['0.0.0.0:80', '0.0.0.0', 80],
  ['localhost:0', 'localhost', 0],
  ['[::1]:9470', '::1', 9470],
  ['[::]:65535', '::', 65_535],
  ['[2001:DB8::1]:1', '2001:DB8::1', 1],
  ['[::ffff:127.0.0.1]:1', '::ffff:127.0.0.1', 1],
])('%s is an address', (text, host, port) => {
  expect(parseListenAddress(text)).toEqual({ host, port });
  expect(listenAddressText({ host, port })).toBe(text);
});

test.each([
  '',
  '9470',
  ':9470',
  '*:9470',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '127.0.0.1:123456',
  '127.0.0.1:-1',
  '127.0.0.1:http',
  '127.0.0:1',
  '127.0.0.256:1',
  '127.0.0.01:1',
  '0x7f.0.0.1:1',
  '::1:9470',
  '[::1]',
  '[::1:9470',
  '[:::1]:9470',
  '[1.2.3.4]:1',
  '[fe80::1%eth0]:1',
  'sps-gitops.example.com:9470',
  'http://127.0.0.1:9470',
  '127.0.0.1:9470 ',
  '127.0.0.1:9470\n',
])('%j is none', (text) => {
  expect(parseListenAddress(text)).toBeNull();
});

test.each([
  ['127.0.0.1', true],
  ['127.255.0.9', true],
  ['localhost', true],
  ['::1', true],
  ['[::1]', true],
  ['0:0:0:0:0:0:0:1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.0.0.1.example.com', false],
  ['localhost.example.com', false],
  ['127.1', false],
  ['', false],
])('%j is reached from this machine alone: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '[::1]'],
  ['0:0:0:0:0:0:0:0', '[::1]'],
  ['::1', '[::1]'],
  ['192.0.2.1', '192.0.2.1'],
  ['localhost', 'localhost'],
])('what listens at %s is reached by %s', (host, expected) => {
  expect(reachableHost(host)).toBe(expected);
});
