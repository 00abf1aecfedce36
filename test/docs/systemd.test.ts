import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa, execaSync } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { ROOT } from '../resource-schemas.ts';
import { scan, source } from './sources.ts';

const FOLDER = 'config-examples/systemd';
const UNITS = readdirSync(new URL(FOLDER, ROOT)).filter((name) => !name.endsWith('.yaml'));
const SERVICE = 'sps-gitops.service';

/** The directives that the examples use, as systemd spells them. */
const DIRECTIVES: Readonly<Record<string, readonly string[]>> = {
  Unit: ['After', 'Description', 'Wants'],
  Install: ['WantedBy'],
  Timer: ['AccuracySec', 'OnActiveSec', 'OnUnitInactiveSec'],
  Service: [
    'CapabilityBoundingSet',
    'DynamicUser',
    'Environment',
    'ExecReload',
    'ExecStart',
    'KillMode',
    'KillSignal',
    'LoadCredential',
    'LockPersonality',
    'MemoryMax',
    'NoNewPrivileges',
    'PrivateDevices',
    'PrivateTmp',
    'ProcSubset',
    'ProtectClock',
    'ProtectControlGroups',
    'ProtectHome',
    'ProtectHostname',
    'ProtectKernelLogs',
    'ProtectKernelModules',
    'ProtectKernelTunables',
    'ProtectProc',
    'ProtectSystem',
    'ReadWritePaths',
    'RemoveIPC',
    'Restart',
    'RestartPreventExitStatus',
    'RestartSec',
    'RestrictAddressFamilies',
    'RestrictNamespaces',
    'RestrictRealtime',
    'RestrictSUIDSGID',
    'StateDirectory',
    'StateDirectoryMode',
    'SystemCallArchitectures',
    'SystemCallErrorNumber',
    'SystemCallFilter',
    'TasksMax',
    'TimeoutStartSec',
    'TimeoutStopSec',
    'Type',
    'UMask',
    'User',
  ],
};

/** A directive of a unit, with its section. */
type Directive = readonly [section: string, name: string, value: string];

/** The directives of a unit file in their order. Throws at a line that is none. */
function directivesOf(text: string): readonly Directive[] {
  let section = '';
  const found: Directive[] = [];
  for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    const [, heading] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, name, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (heading !== undefined) section = heading;
    else if (name !== undefined) found.push([section, name, value]);
    else throw new Error(`not a directive: ${line}`);
  }
  return found;
}

function valuesOf(name: string): readonly string[] {
  const all = directivesOf(source(`${FOLDER}/${SERVICE}`));
  return all.filter(([, each]) => each === name).map(([, , value]) => value);
}

test.each(UNITS)('%s holds directives that there are, in their section', (unit) => {
  const found = directivesOf(source(`${FOLDER}/${unit}`));
  expect(found.length).toBeGreaterThan(3);
  expect(found.filter(([section, name]) => DIRECTIVES[section]?.includes(name) !== true)).toEqual([]);
});

test('the daemon is stopped, reloaded and restarted as it wants to be', () => {
  expect(valuesOf('KillSignal')).toEqual(['SIGTERM']);
  expect(valuesOf('TimeoutStopSec')).toEqual(['240']);
  expect(valuesOf('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
  expect(valuesOf('ExecStart')).toEqual([
    '/usr/bin/node /opt/sps-gitops/dist/cli.js run --settings /etc/sps-gitops/settings.yaml',
  ]);
  expect(valuesOf('RestartPreventExitStatus')).toEqual(['3 64']);
});

test('it writes to its state directory alone, and the settings name the credentials that it loads', () => {
  expect(valuesOf('ProtectSystem')).toEqual(['strict']);
  expect(valuesOf('ReadWritePaths')).toEqual([]);
  const [state] = valuesOf('StateDirectory');
  expect(valuesOf('Environment')).toContain(`SPS_STATE=/var/lib/${state}`);
  const named = scan(source(`${FOLDER}/settings.yaml`), /!file \/run\/credentials\/sps-gitops\.service\/(\S+)/g);
  expect(valuesOf('LoadCredential').map((value) => value.split(':')[0])).toEqual(named);
});

const HAS_SYSTEMD = execaSync('systemd-analyze', ['--version'], { reject: false }).exitCode === 0;

test.skipIf(!HAS_SYSTEMD)('systemd finds nothing to say about the units', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sps-gitops-units-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const verify = async (change: (text: string) => string) => {
    // systemd wants the programs to be there: any program is.
    const local = (text: string) => text.replaceAll(/^(Exec\w+=)\S+/gm, `$1${process.execPath}`);
    for (const unit of UNITS) await writeFile(join(folder, unit), change(local(source(`${FOLDER}/${unit}`))));
    const files = UNITS.map((unit) => join(folder, unit));
    return (await execa('systemd-analyze', ['verify', '--man=no', ...files], { reject: false, all: true })).all;
  };
  expect(await verify((text) => text)).toBe('');
  expect(await verify((text) => text.replace('KillMode=mixed', 'KillMode=mixde'))).toContain('mixde');
});
