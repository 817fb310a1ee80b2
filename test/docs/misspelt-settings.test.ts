import { apiSettings, apiSettingWarnings } from '@codegen/api/settings';
import { localSettings } from '@codegen/cli';
import { misspeltSettings } from '@codegen/settings';
import { workerSettingWarnings } from '@codegen/worker/settings';
import { expect, test } from 'vitest';

test.each([
  ['MAX_QUEUD', 'MAX_ACTIVE_JOBS'],
  ['MAX_QUEUED', 'MAX_ACTIVE_JOBS'],
  ['REDIS_URI', 'REDIS_URL'],
  ['API_KEY_FILE', 'API_KEYS_FILE'],
  ['JOB_RETENTON', 'JOB_RETENTION'],
])('%s is named with the setting that was likely meant', (name, likely) => {
  expect(misspeltSettings(apiSettings, { [name]: 'secret', PORT: '1', REDIS_URL: 'x' })).toEqual([
    `${name} is not a setting and is ignored; did you mean ${likely}?`,
  ]);
});

test('variables of other programs are not named', () => {
  const names = [
    'HOME',
    'HOSTNAME',
    'LOGNAME',
    'SHELL',
    'MAIL',
    'DISPLAY',
    'npm_config_port',
    'NODE_OPTIONS',
    'LD_LIBRARY_PATH',
  ];
  expect(misspeltSettings(localSettings, Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
});

test('a setting of one process is not taken for a misspelt one of another', () => {
  const all = Object.fromEntries(Object.keys(localSettings.shape).map((name) => [name, 'x']));
  expect(apiSettingWarnings(all)).toEqual([]);
  expect(workerSettingWarnings(all)).toEqual([]);
});
