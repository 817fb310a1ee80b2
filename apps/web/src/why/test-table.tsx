import { plural } from '../format.ts';
import type { Letter } from '../state/stages.ts';
import { type JobVerification, type TestedVersion, testsOf } from '../state/tests.ts';
import { Glyph, Version } from '../ui/icons.tsx';

interface Props {
  readonly verification: JobVerification;
  readonly choice: Letter | null;
}

type Case = JobVerification['cases'][number];

/** The test cases with what each version returned. */
export function TestTable({ verification, choice }: Props) {
  const { cases } = verification;
  const { counted, versions } = testsOf(verification);
  const dropped = cases.length - counted;
  return (
    <section class="tests">
      <h3 class="section-title">
        Test cases{' '}
        <small>
          {counted} counted, written from the request by a model that did not see the code
          {dropped > 0 &&
            `; ${plural(dropped, 'case')} that no version passes ${dropped === 1 ? 'does' : 'do'} not count`}
        </small>
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <section class="table-scroll" tabIndex={0} aria-label="Test cases">
        <table class="cases">
          <thead>
            <tr>
              <th scope="col">Case</th>
              <th scope="col" class="in">
                Expected
              </th>
              {versions.map(({ letter, stage, load, reason }) => (
                <th key={stage} scope="col" class="v" title={reason ?? stage}>
                  <Version name={letter ?? stage} chosen={letter !== null && letter === choice} />
                  {load !== 'loaded' && <small class="load">{LOADS[load]}</small>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {cases.map((one, index) => (
              <Row key={index} one={one} index={index} versions={versions} />
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">Passed</th>
              <td class="in" />
              {versions.map(({ stage, passed, load }) => (
                <td key={stage} class="v">
                  {load === 'unsupported' ? '–' : `${passed}/${counted}`}
                </td>
              ))}
            </tr>
          </tfoot>
        </table>
      </section>
    </section>
  );
}

const LOADS = { broken: 'does not load', unsupported: 'cannot run here' } as const;

const wanted = ({ expected }: Case) => expected ?? 'an error';

function Row({ one, index, versions }: { one: Case; index: number; versions: readonly TestedVersion[] }) {
  return (
    <tr class={one.counted ? '' : 'dropped'}>
      <th scope="row">
        <code class="value" title={one.input}>
          {one.kind === 'call' ? one.input : one.input === '' ? 'without input' : `stdin: ${one.input}`}
        </code>
        {one.isExample && <small class="asked">from the request</small>}
        {!one.counted && <small class="asked">not counted</small>}
        <small class="under">
          {[`expected ${wanted(one)}`, ...wrongAnswers(index, versions)].join('; ')}
        </small>
      </th>
      <td class="in">
        <code class="value" title={wanted(one)}>
          {wanted(one)}
        </code>
      </td>
      {versions.map((version) => (
        <Result key={version.stage} result={version.results[index]} />
      ))}
    </tr>
  );
}

const WORDS = { passed: 'passes', failed: 'fails', timeout: 'time limit', unsupported: 'cannot run here' };

function Result({ result }: { result: TestedVersion['results'][number] | undefined }) {
  if (result === undefined || result.verdict === 'unsupported')
    return (
      <td class="v">
        <span aria-hidden="true">–</span>
        <span class="sr">not run</span>
      </td>
    );
  const isPass = result.verdict === 'passed';
  const got = result.verdict === 'timeout' ? WORDS.timeout : (result.actual ?? WORDS.failed);
  return (
    <td class={`v ${isPass ? 'pass' : 'fail'}`} title={isPass ? '' : got}>
      <Glyph state={isPass ? 'done' : 'failed'} />
      <span class={isPass ? 'sr' : 'got value'}>{isPass ? WORDS.passed : got}</span>
    </td>
  );
}

/** For a narrow page, where the cells show only whether a version passes. */
const wrongAnswers = (index: number, versions: readonly TestedVersion[]) =>
  versions.flatMap(({ letter, stage, results }) => {
    const result = results[index];
    return result?.verdict === 'failed' || result?.verdict === 'timeout'
      ? [
          `${letter ?? stage}: ${result.verdict === 'timeout' ? WORDS.timeout : (result.actual ?? WORDS.failed)}`,
        ]
      : [];
  });
