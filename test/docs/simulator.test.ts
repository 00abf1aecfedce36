import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROFILES } from '../../src/simulator/profiles.ts';
import { QUIRK_SCHEMAS } from '../../src/simulator/quirk-schema.ts';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { cell, code, codes, table } from './readme.ts';
import { scan, source } from './sources.ts';

const HEADING = 'The simulated appliance';
const CONTROL = table(HEADING, ['Request', 'Body', 'Does']);

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ controlPort: 0 });
});
afterAll(() => simulator.stop());

test('the profiles are those of the simulator', () => {
  const columns = [
    'Profile',
    'Firmware',
    'First write without a transaction',
    'Parallel transactions',
    'Commit message',
    'Status under',
    'Listings',
  ];
  const shown = table(HEADING, columns).map((row) => columns.map((column) => cell(row, column).replaceAll('`', '')));
  const facts = Object.values(PROFILES).map((one) => [
    one.profile,
    one.firmware,
    one.writeMode,
    one.parallelTransactions,
    one.commitMessage,
    one.transactionShape,
    one.listingBodies,
  ]);
  expect(shown).toEqual(facts);
});

test.each(CONTROL.map((row) => [code(row, 'Request'), codes(cell(row, 'Body'))[0]] as const))(
  '%s is answered as the table says',
  async (request, body) => {
    const [method = '', path = ''] = request.split(' ');
    const url = `${simulator.controlUrl}${path.replace('PATH', 'management/support_info')}`;
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(url, { method, ...(body === undefined ? {} : { headers, body }) });
    expect([answer.status, await answer.json()]).toEqual([expect.toSatisfy(isSuccess), expect.anything()]);
    simulator.lock(null);
    simulator.faults.clear();
  },
);

function isSuccess(status: number): boolean {
  return status === 200 || status === 201;
}

test('every request of the control interface is told', () => {
  const text = source('src/simulator/control.ts');
  const routes = [...scan(text, /'((?:GET|POST|PUT|PATCH|DELETE) \/[a-z-]+)'/g)];
  const methods = scan(text, /method [!=]== '([A-Z]+)'/g).map((method) => `${method} /configuration/PATH`);
  expect(CONTROL.map((row) => code(row, 'Request')).toSorted()).toEqual([...routes, ...methods].toSorted());
});

test('the switches of what is simulated exist', () => {
  const rows = table(HEADING, ['Simulated', 'Rules', 'Switches']);
  const named = rows.flatMap((row) => codes(cell(row, 'Switches')));
  expect(named.length).toBeGreaterThan(rows.length);
  expect(Object.keys(QUIRK_SCHEMAS)).toEqual(expect.arrayContaining(named));
});

test('the switches of the open questions exist', () => {
  const rows = table(HEADING, ['Open question', 'What the program does', 'Switch']);
  expect(Object.keys(QUIRK_SCHEMAS)).toEqual(expect.arrayContaining(rows.map((row) => code(row, 'Switch'))));
});
