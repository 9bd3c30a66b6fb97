import { AutoIcon, MoonIcon, SunIcon } from './icons'
import { type Theme, useTheme } from './theme'

const CHOICES: { theme: Theme; label: string; icon: typeof AutoIcon }[] = [
  { theme: 'auto', label: 'As the system', icon: AutoIcon },
  { theme: 'light', label: 'Light', icon: SunIcon },
  { theme: 'dark', label: 'Dark', icon: MoonIcon },
]

/** Three radio buttons that look like one switch. */
export function ThemeToggle() {
  const [theme, setTheme] = useTheme()
  return (
    <fieldset className="theme-toggle">
      <legend className="visually-hidden">Theme</legend>
      {CHOICES.map(({ theme: choice, label, icon: Icon }) => (
        <label key={choice} title={label}>
          <input type="radio" name="theme" checked={theme === choice} onChange={() => setTheme(choice)} />
          <Icon />
          <span className="visually-hidden">{label}</span>
        </label>
      ))}
    </fieldset>
  )
}
