/**
 * What a line without a fence looks like: certainly 'code', a 'hint' of code, 'prose', or 'neutral'. Neutral lines
 * (comments, headings, single words, indented text) belong to the lines around them.
 */
export type LineKind = 'code' | 'hint' | 'prose' | 'neutral';

/** Lines that are code and no sentence. */
const CERTAIN: readonly RegExp[] = [
  /^#(?:!|include\b|define\b|ifn?def\b|endif\b|pragma\b)/,
  /^<(?:!doctype\b|\?php|\?xml|\/?[a-z][\w:.-]*(?:\s[^<>]*)?\/?>)/i,
  /^from [\w.]+ import\b/,
  /^import\s+(?:[\w.*]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+)*;?$|(?:static|type)\s|[{*"'(]|[\w$,{}\s*]+\sfrom\s+["'])/,
  /^(?:async\s+)?def\s+\w/,
  /^(?:abstract\s+)?class\s+[A-Za-z_]\w*\s*(?:[:({<]|extends\b|implements\b|$)/,
  /^(?:async\s+|local\s+)?function\b[\s*]*[\w$.:]*\s*\(/,
  /^export\s+(?:[{*]|default\b|declare\b|type\b|async\b|function\b|class\b|abstract\b|enum\b|interface\b|namespace\b)/,
  /^(?:export\s+)?(?:const|let|var|val|local|my|our)\s+[^=]{1,150}=/,
  /^(?:if|else if|elif|elsif|while|for|switch|foreach|catch|until)\s*\(.*[){;]$/,
  /^for\s+[\w$,() ]+\s+in\s.*(?::|\bdo|\{)$/,
  /^(?:else|try|finally|do|begin|end|then|fi|done|esac|pass|break|continue)\s*[:;{]?$/,
  /^@[A-Za-z_][\w.]*(?:\(.*\))?$/,
  /^(?:SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP|FROM|WHERE|GROUP BY|ORDER BY|HAVING|VALUES|LIMIT|UNION)\b/,
  /^(?:select\s.*\sfrom|insert\s+into|update\s.*\sset|delete\s+from|(?:create|alter|drop)\s+(?:table|index|view))\s.*;$/i,
  /^select \* from \w/i,
  /^(?:RUN|COPY|WORKDIR|CMD|ENTRYPOINT|EXPOSE|ENV|ARG|ADD|USER|VOLUME|LABEL)\s+\S/,
  /^(?:(?:await|new|return|throw|yield|print|puts|echo)\s+)?[A-Za-z_$@][\w$.:!>-]*\(.*\)\s*[;,{:]?$/,
  /^[A-Za-z_$][\w$]*(?:\.\w+|\[[^\]]*\]|\([^()]*\))*(?:\[[^\]]*\]|\([^()]*\));?$/,
  /^\.\w+\(/,
  /^[)\]}]+[;,)]*$/,
  /^\w+'?\s+::\s+\S/,
  /^module\s+[\w.]+(?:\s*\(.*\))?\s+where$/,
  /^\\(?:documentclass|usepackage|begin|end|section|newcommand)\b.*[}\]]$/,
  /^[\w.]+\s*<-\s*\S/,
  /^(?:puts|print|printf|echo|require|raise|p)\s+(?:["'$:@[]|f["'])/,
  /^lambda\b[^:]*:/,
  /^[[({].*\sfor\s+[\w, ()]+\sin\s.*[\])}]$/,
  /^(?:async\s+)?(?:\([^()]*\)|\w+)\s*=>\s*\S/,
  /^\((?:defun|define|defn|def|defmacro|let\*?|lambda|fn|setq|println|print|display|require|ns|[-+*/=<>])\s/,
  /^\{\s*"[^"]*"\s*:.*\}$/,
];

/** Lines that are code unless they end like a sentence or contain words of one. */
const LIKELY: readonly RegExp[] = [
  /^(?:if|elif|while|with|except|match|case|unless)\b.*(?::|\bthen|\{)$/,
  /^(?:public|private|protected|static|final|abstract|override|internal|virtual|extern)\s.*[{;(),:>]$/,
  /^(?:package|namespace|module|using|use|mod|require|require_relative|include)\s+["'<]?[\w.:\\/@*-]+["'>]?\s*[;{]?$/,
  /^(?:pub(?:\(\w+\))?\s+)?(?:async\s+|unsafe\s+)?(?:func|fn|fun|impl|struct|enum|interface|trait|type|sub|proc|defmodule|defp|data|instance)\b.*(?:[({=;]|\bdo$|\bwhere$)/,
  /^[a-z]\w*'?(?:\s+[\w'()[\]:,]+){1,5}\s+=\s+\S/,
  /^(?:\$ |sudo )?(?:git|npm|npx|pnpm|yarn|pip3?|docker|docker-compose|kubectl|cd|ls|pwd|mkdir|chmod|chown|apt|apt-get|brew|cargo|curl|wget|ssh|scp|grep|export|rsync|systemctl|tar|awk|sed|xargs|helm|terraform|rm|cp|mv|echo|python3?|node)(?:\s|$)/,
  /^[a-z][\w./-]*(?:\s\S+)*?\s(?:-{1,2}[A-Za-z][\w-]*|\||&&|>>?)(?:\s|$)/,
  /[;{]$/,
  /^[a-z][\w ]*\w\([^()]*[,)]?$/,
  /^(?:assert|raise|throw|yield|await|del|delete|return|global|goto)\s+\S/,
];

const ASSIGNMENT =
  /^[\w$.]+(?:\[[^\]]*\])?(?:\s*,\s*[\w$.*]+)*(?:\s*:\s*[\w<>[\], |.]+)?\s*(?:[-+*/%|&^:]|\?\?|\|\||&&|<<|>>)?=(?!=)\s*\S/;
const HINT =
  /\w[([]|[{}]|=>|->|::|[=!]==?|&&|\|\||\+=|<\/|\$\{?[A-Za-z_]|\\[dwsb]|[\])][+*{?]|\w\s*\*\*\s*\w|^\w+(?: [+*/%] \w+)+$/i;
const COMMENT = /^(?:#(?!#{1,4} \p{Lu})|\/\/|\/\*|\*\/|\* |--|;|%|<!--|"""|''')/u;
/** Markdown between paragraphs: rules, tables, anchors. */
const ORNAMENT =
  /^(?:[-=_*~]{3,}|\|.*\||<(?:br|hr|\/?details|\/?summary)\b.*|<a (?:id|name)="[^"]*">(?:<\/a>)?)$/;
const SENTENCE_WORD =
  /\b(?:an?|the|this|that|these|is|are|was|you|your|we|it|its|to|of|following|want|need|should|can|which|here)\b/i;

/** Examines only the first 200 and the last 100 characters, so that the time does not depend on the line's length. */
export function classifyLine(line: string): LineKind {
  const text = (line.length > 300 ? line.slice(0, 200) + line.slice(-100) : line).trim();
  if (CERTAIN[0]!.test(text)) return 'code';
  if (ORNAMENT.test(text) || /^[a-z_][\w-]*:\s/.test(text)) return 'neutral';
  if (COMMENT.test(text) && !/^\* /.test(line)) return 'neutral';
  if (CERTAIN.some((pattern) => pattern.test(text))) return 'code';
  const unquoted = text.replace(/"[^"]*"|'[^']*'/g, '""');
  if (
    ASSIGNMENT.test(text) &&
    !isInOtherScript(text.replace(/"[^"]*"|'[^']*'/g, '')) &&
    !/[.!?]$/.test(unquoted)
  )
    return 'code';
  if (isInOtherScript(unquoted) && !/^[\w$.]+\s*[=(]|[;{}]$/.test(text))
    return /^(?: {2}|\t)/.test(line) ? 'neutral' : 'prose';
  const sentence = /[.!?]$/.test(unquoted) || SENTENCE_WORD.test(unquoted);
  if (!sentence && LIKELY.some((pattern) => pattern.test(text))) return 'code';
  const plain = plainText(text);
  if (isProse(plain)) return /^(?: {2}|\t)/.test(line) ? 'neutral' : 'prose';
  return HINT.test(plain) ? 'hint' : 'neutral';
}

/** A line without list markers and emphasis, with code spans and links replaced by a word. */
function plainText(text: string): string {
  return text
    .replace(/^(?:[-*+•>]|\d{1,3}[.)])\s+/, '')
    .replace(/\*\*(?=\S)([^*]*)\*\*/g, '$1')
    .replace(/`[^`]*`/g, 'code')
    .replace(/\[[^[\]]*\](?:\([^()]*\)|\[[^[\]]*\])/g, 'link')
    .replace(/\bhttps?:\/\/[^\s)>]+/g, 'link');
}

/** Letters of scripts in which no program is written. */
const OTHER_SCRIPTS = /[\p{L}\p{M}]/gu;

/** Whether most letters of a text are of another script than Latin. */
function isInOtherScript(text: string): boolean {
  const letters = text.match(OTHER_SCRIPTS) ?? [];
  const latin = text.match(/[\p{Script=Latin}]/gu) ?? [];
  return letters.length > 0 && latin.length * 2 < letters.length;
}

function isProse(plain: string): boolean {
  if (/^##+ \p{Lu}/u.test(plain)) return true;
  if (/^\p{Lu}[\p{L}\p{M}'’]*(?:[,!]?\s.*)?[.!?:]$/u.test(plain)) return true;
  const words = plain.split(/\s+/);
  const ordinary = words.filter((word) => /^["'“(]*\p{L}[\p{L}\p{M}'’-]*["'”)]*[.,;:!?)]*$/u.test(word));
  return words.length >= 3 && ordinary.length >= 0.7 * words.length;
}
