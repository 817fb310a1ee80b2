// CommonJS modules of the program, and the calls of cases. Runs inside QuickJS before the program.
({ show, encode, builtin }) => {
  const { stringify, parse } = JSON;
  const sourceOf = Function.prototype.toString;

  const modules = new Map();
  /** Getters of what the entry defines at its top level, exported or not. */
  const own = {};

  const ENDINGS = ['', '.js', '.ts', '.cjs', '.mjs', '/index.js', '/index.ts'];
  const resolve = (base, name) => {
    const parts = base.split('/').slice(0, -1);
    for (const part of name.split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '.') parts.push(part);
    }
    const path = parts.join('/');
    const tries = [...ENDINGS.map((end) => path + end), path.replace(/\.js$/, '.ts')];
    return tries.find((one) => modules.has(one));
  };
  const load = (path) => {
    const module = modules.get(path);
    if (module.exports === undefined) {
      module.exports = {};
      const setOwn = (names) => Object.assign(own, names);
      module.run((name) => requireFrom(path, name), module, module.exports, setOwn);
    }
    return module.exports;
  };
  const requireFrom = (base, name) => {
    const found = builtin(name.replace(/^node:/, ''));
    if (found !== undefined) return found;
    const path = /^\.{0,2}\//.test(name) ? resolve(base, name) : undefined;
    if (path === undefined) throw new Error(`Cannot find module '${name}'`);
    return load(path);
  };

  const plain = (name) => name.replaceAll('_', '').toLowerCase();
  const isClass = (value) => sourceOf.call(value).startsWith('class');
  const isFunction = (value) => typeof value === 'function';

  /** The function of that name, or of that name in another naming convention. */
  const named = (names, wanted) => {
    if (isFunction(names[wanted])) return names[wanted];
    const alike = Object.keys(names).filter((name) => plain(name) === plain(wanted));
    const found = [...new Set(alike.map((name) => names[name]))].filter(isFunction);
    return found.length === 1 ? found[0] : undefined;
  };

  const namesOf = (exported) => {
    const names = {};
    for (const [name, read] of Object.entries(own)) {
      try {
        names[name] = read();
      } catch {
        // It was not initialised.
      }
    }
    return isFunction(exported)
      ? { ...names, [exported.name || 'default']: exported }
      : { ...names, ...exported };
  };

  /** An instance, or undefined if the class needs arguments. */
  const create = (Class) => {
    try {
      return new Class();
    } catch (error) {
      if (Class.length > 0) return undefined;
      throw error;
    }
  };

  const methodOf = (names, className, method) => {
    const Class = named(names, className);
    if (Class === undefined) return undefined;
    const owner = isFunction(Class[method]) ? Class : create(Class);
    if (owner === undefined) return undefined;
    return isFunction(owner[method]) ? (...args) => owner[method](...args) : undefined;
  };

  /** The function that a case means. Without one of that name, a program's only function is meant. */
  const find = (exported, wanted) => {
    const names = namesOf(exported);
    const dot = wanted.lastIndexOf('.');
    if (dot > 0) return methodOf(names, wanted.slice(0, dot), wanted.slice(dot + 1));
    const found = named(names, wanted);
    if (found !== undefined) return found;
    const functions = Object.entries(names).filter(
      ([name, one]) => isFunction(one) && !isClass(one) && name !== 'main',
    );
    const different = [...new Set(functions.map(([, one]) => one))];
    return different.length === 1 ? different[0] : undefined;
  };

  const failure = (error) => {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : show(error, 1);
    return text.includes('Cannot find module') ? { unsupported: text } : { raises: text.slice(0, 400) };
  };

  return {
    /** Registers a CommonJS file. */
    define: (path, run) => void modules.set(path, { run, exports: undefined }),
    load,
    setOwn: (names) => void Object.assign(own, names),
    /** Calls the function that a case means. Resolves with a JSON text and never rejects. */
    call: async (exported, name, args) => {
      try {
        const run = find(exported, name);
        if (run === undefined) return stringify({ unsupported: `there is no function ${name}` });
        return stringify({ value: encode(await run(...parse(args))) });
      } catch (error) {
        return stringify(failure(error));
      }
    },
    describe: (error) => stringify(failure(error)),
  };
};
