import { useEffect, useState } from 'preact/hooks';
import { answerQuestion } from '../conversation/follow-up.ts';
import { dollars, plural, shortModel } from '../format.ts';
import { isNarrow } from '../state/appearance.ts';
import type { JobView } from '../state/job-view.ts';
import { Button, COMMAND, Facts } from '../ui/controls.tsx';

/** Numbered lines of a question become fields; any other question has one field. */
export function questionsIn(text: string): { intro: string; questions: readonly string[] } {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  const numbered = lines.flatMap((line) => /^(?:\d{1,2}[.)]|[-*•])\s+(.+)/.exec(line)?.[1] ?? []);
  if (numbered.length < 2) return { intro: text.trim(), questions: ['Your answer'] };
  const intro = lines.filter((line) => !/^(?:\d{1,2}[.)]|[-*•])\s/.test(line)).join(' ');
  return { intro, questions: numbered };
}

/** The question of an ambiguous request as a form. The answer is the next message of the thread. */
export function QuestionForm({ view }: { view: JobView }) {
  const { job } = view;
  const { intro, questions } = questionsIn(job.result?.feedback ?? '');
  const [answers, setAnswers] = useState<readonly string[]>([]);
  const [isEmpty, setIsEmpty] = useState(false);
  const isOne = questions.length === 1;
  useEffect(() => {
    if (document.activeElement === document.body && !isNarrow())
      document.querySelector<HTMLInputElement>('.ask input')?.focus({ preventScroll: true });
  }, []);
  const send = (isFree: boolean) => {
    const pairs = questions.map((question, index) => [
      question,
      answers[index]?.trim() || (isFree ? 'up to you' : ''),
    ]);
    const given = pairs.filter(([, answer]) => answer !== '');
    if (given.length === 0) {
      setIsEmpty(true);
      return document.querySelector<HTMLInputElement>('.ask input')?.focus();
    }
    const text = isOne
      ? given[0]?.[1]
      : given.map(([question, answer]) => `${question} ${answer}`).join('\n');
    void answerQuestion(job, text ?? '');
  };
  const source = view.stages.get('clarify') ?? view.stages.get('interpret');
  return (
    <form
      class="message question"
      onSubmit={(event) => {
        event.preventDefault();
        send(false);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send(false);
      }}
    >
      <h2>{isOne ? 'A question first' : `${plural(questions.length, 'question')} first`}</h2>
      <p class="asked" dir="auto">
        {intro || 'Answer what matters to you; the models decide the rest.'}
      </p>
      {questions.map((question, index) => (
        <label class="ask" key={question}>
          <span>
            {!isOne && <b>{index + 1}</b>}
            {question}
          </span>
          <input
            type="text"
            dir="auto"
            autocomplete="off"
            value={answers[index] ?? ''}
            onInput={({ currentTarget: { value } }) =>
              setAnswers(questions.map((_, at) => (at === index ? value : (answers[at] ?? ''))))
            }
          />
        </label>
      ))}
      {isEmpty && (
        <p class="refusal" role="alert">
          Write an answer, or choose “Decide for me”.
        </p>
      )}
      <div class="row">
        <Button look="primary" submits>
          Answer and go on <kbd>{COMMAND} ↵</kbd>
        </Button>
        <Button onClick={() => send(true)}>Decide for me</Button>
      </div>
      <Facts of={[source?.model && `asked by ${shortModel(source.model)}`, `${dollars(job.cost)} so far`]} />
    </form>
  );
}
