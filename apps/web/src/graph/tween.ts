import { useEffect, useRef, useState } from 'preact/hooks';
import { wantsCalm } from '../state/appearance.ts';
import { between, type Layout } from './layout.ts';

const MOVE_MS = 320;

/** Moves from layout to layout. Jumps at first, when the width has changed, and where people want no motion. */
export function useTween(target: Layout): Layout {
  const [shown, setShown] = useState(target);
  const current = useRef(target);
  current.current = shown;
  useEffect(() => {
    const from = current.current;
    if (from === target) return;
    if (from.width !== target.width || from.isUpright !== target.isUpright || wantsCalm()) {
      setShown(target);
      return;
    }
    let frame = 0;
    const startedAt = performance.now();
    const step = (time: number) => {
      const progress = Math.min(1, Math.max(0, (time - startedAt) / MOVE_MS));
      setShown(progress < 1 ? between(from, target, 1 - (1 - progress) ** 3) : target);
      if (progress < 1) frame = requestAnimationFrame(step);
    };
    frame = requestAnimationFrame(step);
    return () => cancelAnimationFrame(frame);
  }, [target]);
  return shown;
}
