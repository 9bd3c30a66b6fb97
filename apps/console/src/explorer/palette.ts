/** Colours and fonts of the page for what is drawn by hand. A custom property keeps `light-dark(…)` as it is written, so each is read off an element that uses it. */
const COLOURS = {
  surface: '--surface',
  raised: '--raised',
  ink: '--ink',
  ink2: '--ink-2',
  ink3: '--ink-3',
  line: '--line',
  line2: '--line-2',
  copper: '--copper',
  copperLine: '--copper-line',
  fault: '--fault',
  warn: '--warn',
  good: '--good',
  goodLine: '--good-line',
  warnLine: '--warn-line',
} as const

export type Palette = Readonly<Record<keyof typeof COLOURS, string>> & {
  readonly mono: string
  readonly sans: string
}

export function readPalette(within: HTMLElement): Palette {
  const probe = document.createElement('span')
  probe.hidden = true
  within.append(probe)
  const style = getComputedStyle(probe)
  try {
    const colours = Object.entries(COLOURS).map(([name, property]) => {
      probe.style.color = `var(${property})`
      return [name, style.color]
    })
    const font = (property: string) => {
      probe.style.fontFamily = `var(${property})`
      return style.fontFamily
    }
    return { ...Object.fromEntries(colours), mono: font('--mono'), sans: font('--sans') } as Palette
  } finally {
    probe.remove()
  }
}

/** Calls when the theme is another one; gives what ends that. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] })
  const dark = matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', changed)
  return () => {
    observer.disconnect()
    dark.removeEventListener('change', changed)
  }
}
