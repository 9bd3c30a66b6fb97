/** The page's few pictograms, drawn on a 16-pixel grid. All are decoration: text beside them says the same. */
import type { ReactNode } from 'react'

function Icon({ children, size = 16 }: { children: ReactNode; size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  )
}

/** The electrical symbol for ground, hung from a via. */
export function GroundMark({ size = 24 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.9"
      strokeLinecap="round"
      aria-hidden="true"
      focusable="false"
    >
      <circle cx="12" cy="4.6" r="2.1" />
      <path d="M12 6.9v5.6M4.5 12.5h15M7.6 16.4h8.8M10.4 20.3h3.2" />
    </svg>
  )
}

export const CoordinatorIcon = () => (
  <Icon>
    <circle cx="3" cy="8" r="1.6" />
    <circle cx="13" cy="3.4" r="1.6" />
    <circle cx="13" cy="12.6" r="1.6" />
    <path d="M4.6 8h2l4.8-4.6M6.6 8l4.8 4.6" />
  </Icon>
)

export const DetectiveIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.2" />
    <path d="m10.2 10.2 3.6 3.6M7 5v4M5 7h4" />
  </Icon>
)

export const CheckerIcon = () => (
  <Icon>
    <path d="M2 4.5h5M2 8h5M2 11.5h5M9 4.5h5M9 11.5h5M9.4 6.6l4.2 2.8M13.6 6.6 9.4 9.4" />
  </Icon>
)

export const FixerIcon = () => (
  <Icon>
    <path d="M3.5 2.5h6l3 3v8h-9zM9.5 2.5v3h3M5.8 8.3h4.4M5.8 10.8h3" />
  </Icon>
)

export const PlusIcon = () => (
  <Icon size={14}>
    <path d="M8 3v10M3 8h10" />
  </Icon>
)

export const MinusIcon = () => (
  <Icon size={14}>
    <path d="M3 8h10" />
  </Icon>
)

export const FitIcon = () => (
  <Icon size={14}>
    <path d="M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10" />
  </Icon>
)

export const LockIcon = () => (
  <Icon size={14}>
    <path d="M4.5 7V5a3.5 3.5 0 0 1 7 0v2M3.2 7h9.6v6.5H3.2zM8 9.6v1.6" />
  </Icon>
)

export const CulpritIcon = ({ size }: { size?: number }) => (
  <Icon {...(size ? { size } : {})}>
    <path d="M5.3 2h5.4L14 5.3v5.4L10.7 14H5.3L2 10.7V5.3zM8 5v3.6M8 11v.1" />
  </Icon>
)

export const AffectedIcon = ({ size }: { size?: number }) => (
  <Icon {...(size ? { size } : {})}>
    <path d="M8 2.2 14.4 13H1.6zM8 6.6v2.9M8 11.3v.1" />
  </Icon>
)

export const HealthyIcon = ({ size }: { size?: number }) => (
  <Icon {...(size ? { size } : {})}>
    <circle cx="8" cy="8" r="6" />
    <path d="m5.4 8.2 1.8 1.8 3.5-3.8" />
  </Icon>
)

export const UnwatchedIcon = ({ size }: { size?: number }) => (
  <Icon {...(size ? { size } : {})}>
    <path d="M1.8 8S4.2 4 8 4s6.2 4 6.2 4-2.4 4-6.2 4-6.2-4-6.2-4zM3 13.2 13 2.8" />
  </Icon>
)

export const MissingIcon = ({ size }: { size?: number }) => (
  <Icon {...(size ? { size } : {})}>
    <circle cx="8" cy="8" r="6" strokeDasharray="2.2 2.2" />
    <path d="M5.6 8h4.8" />
  </Icon>
)

export const SwapIcon = ({ size }: { size?: number }) => (
  <Icon {...(size ? { size } : {})}>
    <circle cx="8" cy="8" r="6" />
    <path d="M8 2a6 6 0 0 0 0 12zM10.2 6.2v3.6" />
  </Icon>
)

export const ToolIcon = () => (
  <Icon size={13}>
    <path d="m2.5 4.5 3.5 3.5-3.5 3.5M8 12h5.5" />
  </Icon>
)

export const CopyIcon = () => (
  <Icon size={14}>
    <path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />
  </Icon>
)

export const CheckIcon = () => (
  <Icon size={14}>
    <path d="m3 8.5 3.2 3.2L13 4.8" />
  </Icon>
)

export const CloseIcon = () => (
  <Icon>
    <path d="m4 4 8 8M12 4l-8 8" />
  </Icon>
)

export const ArrowIcon = () => (
  <Icon>
    <path d="M2.5 8h11M9.5 4l4 4-4 4" />
  </Icon>
)

export const FlagIcon = () => (
  <Icon>
    <path d="M3.5 14V2.5h8.8L10.4 6l1.9 3.5H3.5" />
  </Icon>
)

export const TableIcon = () => (
  <Icon size={13}>
    <path d="M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6" />
  </Icon>
)

export const ViewIcon = () => (
  <Icon size={13}>
    <path d="M1.8 8S4 3.8 8 3.8 14.2 8 14.2 8 12 12.2 8 12.2 1.8 8 1.8 8z" />
    <circle cx="8" cy="8" r="1.8" />
  </Icon>
)

export const SunIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9" />
  </Icon>
)

export const MoonIcon = () => (
  <Icon>
    <path d="M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7z" />
  </Icon>
)

export const AutoIcon = () => (
  <Icon>
    <circle cx="8" cy="8" r="5.6" />
    <path d="M8 2.4v11.2" />
    <path d="M8 2.4a5.6 5.6 0 0 1 0 11.2z" fill="currentColor" stroke="none" />
  </Icon>
)

export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.4" />
    <path d="m10.4 10.4 3.4 3.4" />
  </Icon>
)

export const KeyIcon = () => (
  <Icon size={13}>
    <circle cx="5" cy="11" r="2.8" />
    <path d="m7 9 6.2-6.2M10.4 5.6l2.2 2.2" />
  </Icon>
)
