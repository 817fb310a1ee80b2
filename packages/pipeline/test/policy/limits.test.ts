import { describe, expect, test } from 'vitest';
import { limits, limitsOn } from '../../src/policy/limits.ts';

const MIXED = ':free=20/min,50/day, maker/model=5/min,*=100/day';

describe('limits', () => {
  test.each([undefined, '', ' , '])('are none if nothing is set (%j)', (text) => {
    expect(limits.parse(text)).toEqual([]);
  });

  test('match a model, a suffix or all models, and may list several limits', () => {
    expect(limits.parse(MIXED)).toEqual([
      { of: ':free', most: 20, per: 'min' },
      { of: ':free', most: 50, per: 'day' },
      { of: 'maker/model', most: 5, per: 'min' },
      { of: '*', most: 100, per: 'day' },
    ]);
  });

  test.each([
    '20/min',
    ':free',
    ':free=0/min',
    ':free=5/hour',
    ':free=-1/day',
    ':free=1/min,2/min',
    'a b=1/min',
  ])('are rejected with the allowed form: %s', (text) => {
    const { error } = limits.safeParse(text);
    expect(error?.issues[0]?.message).toContain(':free=20/min,50/day');
  });

  test('apply to the models that they match', () => {
    const on = (model: string) => limitsOn(limits.parse(MIXED), model).map(({ of, per }) => `${of} ${per}`);
    expect(on('qwen/qwen3-coder:free')).toEqual([':free min', ':free day', '* day']);
    expect(on('maker/model')).toEqual(['maker/model min', '* day']);
    expect(on('maker/model:free')).toEqual([':free min', ':free day', '* day']);
    expect(on('other/free')).toEqual(['* day']);
  });
});
