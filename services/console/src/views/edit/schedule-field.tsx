import { useId } from 'react'
import { Problem } from './field-text.tsx'
import { textOf } from './schema.ts'

const units = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const
type Unit = keyof typeof units

type Schedule = Readonly<Record<string, unknown>>

const kinds = {
  every: ['Every so often', { every: 300_000 }],
  cron: ['By a cron expression', { cron: '0 * * * *' }],
  at: ['Once', { at: '' }],
  continuous: ['Without end, for live sources', { continuous: true }],
  manual: ['Only when triggered', { manual: true }],
} as const
type Kind = keyof typeof kinds

interface ScheduleFieldProps {
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

/** When the stream runs. */
export function ScheduleField({ value, onChange }: ScheduleFieldProps) {
  const id = useId()
  const schedule = (value ?? {}) as Schedule
  const kind = (Object.keys(kinds) as Kind[]).find((one) => one in schedule) ?? 'every'
  return (
    <fieldset className="group">
      <legend>Schedule</legend>
      <label htmlFor={id} className="field-label">
        Runs
      </label>
      <select id={id} className="select" value={kind} onChange={({ target }) => onChange(kinds[target.value as Kind][1])}>
        {Object.entries(kinds).map(([one, [label]]) => (
          <option key={one} value={one}>
            {label}
          </option>
        ))}
      </select>
      {kind === 'every' ? <Every schedule={schedule} onChange={onChange} /> : null}
      {kind === 'cron' ? <Cron schedule={schedule} onChange={onChange} /> : null}
      {kind === 'at' ? <At schedule={schedule} onChange={onChange} /> : null}
      {['schedule', 'schedule.every', 'schedule.cron', 'schedule.timezone', 'schedule.at'].map((path) => (
        <Problem key={path} path={path} />
      ))}
    </fieldset>
  )
}

interface PartProps {
  readonly schedule: Schedule
  readonly onChange: (value: unknown) => void
}

function Every({ schedule, onChange }: PartProps) {
  const amount = useId()
  const unitField = useId()
  const every = Number(schedule['every'] ?? 0)
  const unit = (Object.keys(units) as Unit[]).toReversed().find((one) => every >= units[one] && every % units[one] === 0) ?? 'ms'
  return (
    <div className="side-by-side">
      <label htmlFor={amount}>Every</label>
      <input
        id={amount}
        className="input"
        type="number"
        min={1}
        required
        value={every / units[unit]}
        onChange={({ target }) => onChange({ ...schedule, every: Math.round(Number(target.value) * units[unit]) })}
      />
      <label htmlFor={unitField} className="hidden-text">
        Unit
      </label>
      <select
        id={unitField}
        className="select"
        value={unit}
        onChange={({ target }) => onChange({ ...schedule, every: Math.round((every / units[unit]) * units[target.value as Unit]) })}
      >
        {Object.keys(units).map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </div>
  )
}

function Cron({ schedule, onChange }: PartProps) {
  const cron = useId()
  const zone = useId()
  return (
    <>
      <label htmlFor={cron} className="field-label">
        Expression <span className="muted small">minute hour day month weekday, or with seconds first</span>
      </label>
      <input
        id={cron}
        className="input mono"
        required
        value={textOf(schedule['cron'])}
        onChange={({ target }) => onChange({ ...schedule, cron: target.value })}
      />
      <label htmlFor={zone} className="field-label">
        Time zone <span className="muted small">UTC where it is empty</span>
      </label>
      <input
        id={zone}
        className="input"
        placeholder="Europe/Madrid"
        value={textOf(schedule['timezone'])}
        onChange={({ target }) => {
          const { timezone: _, ...rest } = schedule
          onChange(target.value === '' ? rest : { ...rest, timezone: target.value })
        }}
      />
    </>
  )
}

function At({ schedule, onChange }: PartProps) {
  const id = useId()
  const at = textOf(schedule['at'])
  return (
    <>
      <label htmlFor={id} className="field-label">
        When
      </label>
      <input
        id={id}
        className="input"
        type="datetime-local"
        required
        value={localTime(at)}
        onChange={({ target }) => onChange({ at: target.value === '' ? '' : new Date(target.value).toISOString() })}
      />
    </>
  )
}

/** As the field takes it: in the zone of the reader, to the minute. */
function localTime(at: string): string {
  const time = Date.parse(at)
  if (Number.isNaN(time)) return ''
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
