// Values as text, as JSON and as copies. Runs inside QuickJS before the program.
() => {
  const LONGEST_LIST = 10_000;
  const DEEPEST = 50;
  const { stringify } = JSON;
  const RealDate = Date;

  const list = (open, items, close) =>
    items.length === 0 ? open + close : `${open} ${items.join(', ')} ${close}`;
  const keyText = (key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : stringify(key));

  const scalarText = (value, depth) => {
    if (typeof value === 'string') return depth === 0 ? value : stringify(value);
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'function') return `[Function: ${value.name || '(anonymous)'}]`;
    return Object.is(value, -0) ? '-0' : String(value);
  };

  const objectText = (value, inner) => {
    if (value instanceof Error) return value.stack ? `${value}\n${value.stack}` : String(value);
    if (value instanceof RealDate || value instanceof RegExp) return String(value);
    if (value instanceof Map) {
      const pairs = [...value].map(([key, one]) => `${inner(key)} => ${inner(one)}`);
      return `Map(${value.size}) ${list('{', pairs, '}')}`;
    }
    if (value instanceof Set) return `Set(${value.size}) ${list('{', [...value].map(inner), '}')}`;
    if (Array.isArray(value) || ArrayBuffer.isView(value)) return list('[', Array.from(value, inner), ']');
    const type = value.constructor && value.constructor !== Object ? `${value.constructor.name} ` : '';
    const fields = Object.keys(value).map((key) => `${keyText(key)}: ${inner(value[key])}`);
    return type + list('{', fields, '}');
  };

  /** A value as `console.log` prints it. */
  const show = (value, depth = 0) => {
    if (typeof value !== 'object' || value === null) return scalarText(value, depth);
    return depth > 4 ? '[Object]' : objectText(value, (one) => show(one, depth + 1));
  };
  const showAll = (values) => values.map((one) => show(one, typeof one === 'string' ? 0 : 1));

  const CONVERSIONS = {
    '%d': (value) => String(Number(value)),
    '%f': (value) => String(Number(value)),
    '%i': (value) => String(Math.trunc(value)),
    '%j': (value) => stringify(value),
    '%s': (value) => show(value),
    '%o': (value) => show(value, 1),
    '%O': (value) => show(value, 1),
  };
  const format = (...values) => {
    if (typeof values[0] !== 'string') return showAll(values).join(' ');
    const [first, ...rest] = values;
    const text = first.replace(/%[sdifjoO%]/g, (mark) => {
      if (mark === '%%') return '%';
      return rest.length === 0 ? mark : CONVERSIONS[mark](rest.shift());
    });
    return [text, ...showAll(rest)].join(' ');
  };

  const scalarJson = (value) => {
    if (value === undefined || value === null) return null;
    if (typeof value === 'bigint') return { $int: String(value) };
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    if (typeof value !== 'number') return { $repr: show(value, 1) };
    if (Number.isFinite(value)) return value;
    return {
      $one: Number.isNaN(value)
        ? ['NaN', 'nan']
        : [String(value), show(value).replace('inity', '').toLowerCase()],
    };
  };

  /** No key of a program is taken for a tag. */
  const keyJson = (key) => (`${key}`[0] === '$' ? `$${key}` : `${key}`);
  const isKey = (key) => typeof key === 'string' || typeof key === 'number';
  const mapJson = (pairs, inner) => {
    const list = pairs.map((pair) => pair.map(inner));
    if (!pairs.every(([key]) => isKey(key))) return list;
    return { $one: [Object.fromEntries(list.map(([key, one]) => [keyJson(key), one])), list] };
  };

  const iterableJson = (values, inner) => {
    const items = [];
    for (const one of values) if (items.push(inner(one)) >= LONGEST_LIST) break;
    return items;
  };

  const dateJson = (value) => (Number.isNaN(Number(value)) ? { $repr: 'Invalid Date' } : value.toISOString());
  const isIterator = (value) => typeof value.next === 'function' && Symbol.iterator in value;
  /** Forms of objects, the first that applies. */
  const FORMS = [
    [(value) => value instanceof RegExp, (value) => ({ $repr: String(value) })],
    [(value) => value instanceof Error, (value) => ({ $one: [String(value), value.message] })],
    [(value) => value instanceof RealDate, dateJson],
    [(value) => value instanceof Set, (value, inner) => ({ $set: [...value].map(inner) })],
    [(value) => value instanceof Map, (value, inner) => mapJson([...value], inner)],
    [
      (value) => Array.isArray(value) || ArrayBuffer.isView(value),
      (value, inner) => Array.from(value.length > LONGEST_LIST ? value.slice(0, LONGEST_LIST) : value, inner),
    ],
    [isIterator, iterableJson],
    [
      () => true,
      (value, inner) =>
        Object.fromEntries(
          Object.keys(value)
            .filter((key) => value[key] !== undefined)
            .map((key) => [keyJson(key), inner(value[key])]),
        ),
    ],
  ];

  /** A value as JSON. Sets, big integers and what JSON has no form for are tagged objects. */
  const encode = (value, inside = []) => {
    if (typeof value !== 'object' || value === null) return scalarJson(value);
    if (inside.length > DEEPEST || inside.includes(value)) return { $repr: '…' };
    const [, toJson] = FORMS.find(([applies]) => applies(value));
    const all = [...inside, value];
    return toJson(value, (one) => encode(one, all));
  };

  const copyInto = (copy, value, inner) => {
    if (value instanceof Map) for (const [key, one] of value) copy.set(inner(key), inner(one));
    else if (value instanceof Set) for (const one of value) copy.add(inner(one));
    else for (const key of Object.keys(value)) copy[key] = inner(value[key]);
    return copy;
  };
  const emptyLike = (value) => {
    if (value instanceof Map || value instanceof Set) return new value.constructor();
    return Array.isArray(value) ? [] : {};
  };

  /** `structuredClone` for maps, sets, dates, arrays and plain objects. */
  const clone = (value, copies = new Map()) => {
    if (typeof value === 'function') throw new Error('DataCloneError: a function cannot be cloned');
    if (typeof value !== 'object' || value === null) return value;
    if (copies.has(value)) return copies.get(value);
    if (value instanceof RealDate) return new RealDate(Number(value));
    const copy = emptyLike(value);
    copies.set(value, copy);
    return copyInto(copy, value, (one) => clone(one, copies));
  };

  return { show, format, encode, clone };
};
