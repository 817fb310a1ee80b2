import type { Effort, JobRequest, Role } from '@codegen/contract';
import { signal } from '@preact/signals';

/** What the person has typed and not sent. */
export const draft = signal('');

export interface Options {
  /** '' for that of the service. */
  readonly effort: Effort | '';
  /** Appended to the request; '' lets the models choose. */
  readonly language: string;
  /** US dollars; '' for no limit. */
  readonly budget: string;
  /** Seconds; '' for no limit. */
  readonly deadline: string;
  /** By role; a role without an entry has the service's models. */
  readonly models: Readonly<Partial<Record<Role, string>>>;
}

const KEY = 'codegen.options';
const NONE: Options = { effort: '', language: '', budget: '', deadline: '', models: {} };

const stored = (): Options => {
  try {
    return { ...NONE, ...JSON.parse(sessionStorage.getItem(KEY) ?? '{}') };
  } catch {
    return NONE;
  }
};

export const options = signal<Options>(stored());

export function setOptions(change: Partial<Options>) {
  options.value = { ...options.value, ...change };
  sessionStorage.setItem(KEY, JSON.stringify(options.value));
}

/** What belongs to one request is not kept for the next: a language would be added to each follow-up. */
export function resetOptions(scope: 'request' | 'thread') {
  setOptions(scope === 'request' ? { language: '' } : { language: '', budget: '', deadline: '' });
}

export const LANGUAGES = ['TypeScript', 'JavaScript', 'Python', 'Go', 'Rust', 'Java', 'C#', 'SQL', 'Bash'];

const positive = (text: string) => (Number(text) > 0 ? Number(text) : undefined);

/** The body of `POST /jobs`. The request has no field for a language, so it becomes part of the text. */
export function requestOf(text: string, { effort, language, budget, deadline, models }: Options): JobRequest {
  const maxCostUsd = positive(budget);
  const deadlineSeconds = positive(deadline);
  const chosen = Object.entries(models).filter(([, model]) => model !== '');
  return {
    query: language === '' ? text : `${text}${/[.!?:]$/.test(text) ? '' : '.'} Write it in ${language}.`,
    ...(effort !== '' && { effort }),
    ...(maxCostUsd !== undefined && { maxCostUsd }),
    ...(deadlineSeconds !== undefined && { deadlineSeconds: Math.ceil(deadlineSeconds) }),
    ...(chosen.length > 0 && { models: Object.fromEntries(chosen.map(([role, model]) => [role, [model]])) }),
  };
}

export const NO_OPTIONS = 'Options';

/** The options that are not as the service has them. */
export function summaryOf({ effort, language, budget, deadline, models }: Options): string {
  const parts = [
    effort,
    language,
    budget !== '' && `$${budget}`,
    deadline !== '' && `${deadline} s`,
    Object.values(models).some((model) => model !== '') && 'own models',
  ].filter(Boolean);
  return parts.length === 0 ? NO_OPTIONS : parts.join(', ');
}
