import type { StagePrompt } from '@codegen/contract';
import { useEffect, useState } from 'preact/hooks';
import { CodeBlock } from '../code/code-block.tsx';
import { codeIn } from '../code/segments.ts';
import type { JobView, StageView } from '../state/job-view.ts';
import { features, service } from '../state/service.ts';
import { STAGES } from '../state/stages.ts';
import { texts, troubleOf } from '../state/watched-job.ts';

interface Props {
  readonly view: JobView;
  readonly stage: StageView;
}

/** Prompt and raw answer if the operator shows them; else the output of the stage. */
export function StageTexts({ view, stage }: Props) {
  const canAsk = features.value.prompts;
  const [prompts, setPrompts] = useState<readonly StagePrompt[] | string | null>(null);
  const { id, status } = view.job;
  useEffect(() => {
    if (!canAsk) return;
    let isCurrent = true;
    void service()
      .prompts(id)
      .catch((error) => troubleOf(error).detail)
      .then((answer) => {
        if (isCurrent) setPrompts(answer);
      });
    return () => {
      isCurrent = false;
    };
  }, [canAsk, id, status]);
  if (!canAsk) return <Output view={view} stage={stage} />;
  if (prompts === null) return <p class="fine">Reading the prompt.</p>;
  if (typeof prompts === 'string') return <p class="fine">{prompts}</p>;
  const own = prompts.find((one) => one.stage === stage.name);
  if (own === undefined)
    return <Output view={view} stage={stage} note="No prompt is stored for this stage." />;
  return (
    <>
      {own.truncated && <p class="fine">The service stored only the beginning of these texts.</p>}
      <Text name="Prompt" text={`${own.system}\n\n${own.user}`} isOpen={false} />
      <Text name="Raw answer" text={own.answer} isOpen />
    </>
  );
}

function Output({ view, stage, note }: Props & { note?: string }) {
  const step = STAGES[stage.name]?.step;
  const result = view.job.result;
  const written = texts.value[stage.name] ?? '';
  const output =
    (step === 'code' ? result?.code : step && result?.steps?.[step]) ||
    (codeIn(written)?.code ?? written) ||
    (stage.name === 'classify' ? (view.job.route ?? '') : '');
  return (
    <>
      {note && <p class="fine">{note}</p>}
      {output === '' ? (
        <p class="fine">No output is on record.</p>
      ) : (
        <Text name="Output" text={output} isOpen />
      )}
      {!features.value.prompts && (
        <p class="fine">
          <span>
            Prompts and raw answers are not stored. The operator can set <code>SHOW_PROMPTS=true</code>.
          </span>
        </p>
      )}
    </>
  );
}

const Text = ({ name, text, isOpen }: { name: string; text: string; isOpen: boolean }) => (
  <details class="text" open={isOpen}>
    <summary>{name}</summary>
    <CodeBlock label={name} code={text} language={null} />
  </details>
);
