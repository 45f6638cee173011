package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"kartka/docs"
	"kartka/engine"
	"kartka/engine/money"
	"kartka/engine/rules"
	"kartka/locales"
)

const programUsage = `usage:
  kartka program list
  kartka program add SLUG [-name NAME] [-currency UAH] [-zone Europe/Kyiv] [-settings FILE]   bot token from KARTKA_BOT_TOKEN or KARTKA_BOT_TOKEN_FILE
  kartka program get SLUG                 settings as JSON
  kartka program set SLUG FILE            new settings from a file ("-" = standard input)
  kartka program validate FILE            check settings without storing them: every problem, one a line, and what to think twice about
  kartka program draft [-preset horeca] [-check 180] [-suggested] [-name NAME] [-currency UAH] [-zone Europe/Kyiv]
                                          settings of an industry for an average check, to begin from
  kartka program schema                   JSON Schema of settings, for editors`

// runProgram manages programs.
func runProgram(ctx context.Context, c console, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("%s\n%w", programUsage, errConfig)
	}
	verb, rest := args[0], args[1:]
	switch verb {
	case "list":
		if len(rest) != 0 {
			break
		}
		return withApp(ctx, c, false, func(a *app) error { return listPrograms(ctx, c, a) })
	case "add":
		return addProgram(ctx, c, rest)
	case "get":
		if len(rest) != 1 {
			break
		}
		return withApp(ctx, c, false, func(a *app) error {
			p, err := a.store.ProgramBySlug(ctx, rest[0])
			if err != nil {
				return programError(rest[0], err)
			}
			return printSettings(c.out, p.Settings)
		})
	case "set":
		if len(rest) != 2 {
			break
		}
		return withApp(ctx, c, false, func(a *app) error { return setProgram(ctx, c, a, rest[0], rest[1]) })
	case "validate":
		if len(rest) != 1 {
			break
		}
		settings, err := readSettings(rest[0])
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s: settings are valid\n", settings.Name)
		thinkTwice(c, settings)
		return nil
	case "draft":
		return draftProgram(c, rest)
	case "schema":
		if len(rest) != 0 {
			break
		}
		_, err := c.out.Write(docs.SettingsSchema)
		return err
	}
	return fmt.Errorf("%s\n%w", programUsage, errConfig)
}

func listPrograms(ctx context.Context, c console, a *app) error {
	table := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "SLUG\tNAME\tSTATE\tVERSION\tMEMBERS\tBOTS")
	err := a.eachProgram(ctx, "", func(p engine.Program) error {
		members, err := a.store.CountMembers(ctx, p.ID)
		if err != nil {
			return err
		}
		bots, err := a.store.Bots(ctx, p.ID)
		if err != nil {
			return err
		}
		names := make([]string, len(bots))
		for i, b := range bots {
			names[i] = b.Channel + ":@" + b.Username
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\n", p.Slug, p.Settings.Name, p.State, p.Version, members, strings.Join(names, " "))
		return nil
	})
	return errors.Join(err, table.Flush())
}

func addProgram(ctx context.Context, c console, args []string) error {
	fs := flags(c, "program add")
	name := fs.String("name", "", "the shop's `name`; the owner can change it in chat")
	currency := fs.String("currency", "UAH", "ISO `code`")
	zone := fs.String("zone", "Europe/Kyiv", "time `zone`")
	file := fs.String("settings", "", "complete settings as JSON `file`; the program then opens at once")
	if len(args) == 0 || strings.HasPrefix(args[0], "-") {
		return fmt.Errorf("%s\n%w", programUsage, errConfig)
	}
	slug := args[0]
	if err := parse(fs, args[1:], 0); err != nil {
		return err
	}
	token, err := botToken(c.env)
	if err != nil {
		return err
	}
	settings, state := (*rules.Settings)(nil), engine.ProgramSetup
	if *file != "" {
		if settings, err = readSettings(*file); err != nil {
			return err
		}
		state = engine.ProgramActive
	} else if settings, err = draftSettings(orDefault(*name, slug), *currency, *zone); err != nil {
		return err
	}
	return withApp(ctx, c, true, func(a *app) error {
		program, err := a.newProgram(ctx, slug, settings, state, token)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "program %s is there\n", program.Slug)
		return a.printClaim(ctx, c.out, program)
	})
}

// botToken reads the token of a program's bot from the environment: arguments are seen by everybody on the machine.
func botToken(env func(string) string) (engine.Secret, error) {
	if t := env("KARTKA_BOT_TOKEN"); t != "" {
		return engine.Secret(t), nil
	}
	if path := env("KARTKA_BOT_TOKEN_FILE"); path != "" {
		raw, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("KARTKA_BOT_TOKEN_FILE: %w: %w", err, errConfig)
		}
		return engine.Secret(bytes.TrimSpace(raw)), nil
	}
	return "", fmt.Errorf("put the bot's token into KARTKA_BOT_TOKEN or a file named by KARTKA_BOT_TOKEN_FILE: %w", errConfig)
}

// draftSettings are what a program begins with before its owner has said anything.
func draftSettings(name, currency, zone string) (*rules.Settings, error) {
	preset, _ := rules.LookupPreset("horeca")
	s, _, err := draftOf(preset, name, currency, zone, "250")
	return s, err
}

// draftOf are the settings of a preset for an average check, and the check.
func draftOf(preset rules.Preset, name, currency, zone, check string) (*rules.Settings, money.Amount, error) {
	cur, err := money.LookupCurrency(currency)
	if err != nil {
		return nil, 0, fmt.Errorf("%w: %w", err, errConfig)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, 0, fmt.Errorf("time zone: %w: %w", err, errConfig)
	}
	average, err := money.ParsePlain(check, cur.Decimals)
	if err != nil || average <= 0 {
		return nil, 0, fmt.Errorf("-check %q is no sum above zero, such as 180 or 12.50: %w", check, errConfig)
	}
	s := preset.Draft(name, cur, loc, []string{"en", "uk", "ru", "kk", "pl", "es"}, money.Amount(average))
	return &s, money.Amount(average), nil
}

// draftProgram prints settings to begin from.
func draftProgram(c console, args []string) error {
	fs := flags(c, "program draft")
	id := fs.String("preset", "horeca", "`industry`: "+strings.Join(presetIDs(), ", "))
	check := fs.String("check", "250", "average check, a `sum` in whole units")
	suggested := fs.Bool("suggested", false, "with the mechanics that suit the industry")
	name := fs.String("name", "My shop", "the shop's `name`")
	currency := fs.String("currency", "UAH", "ISO `code`")
	zone := fs.String("zone", "Europe/Kyiv", "time `zone`")
	if err := parse(fs, args, 0); err != nil {
		return err
	}
	preset, ok := rules.LookupPreset(*id)
	if !ok {
		return fmt.Errorf("no preset %q; there are %s: %w", *id, strings.Join(presetIDs(), ", "), errConfig)
	}
	s, average, err := draftOf(preset, *name, *currency, *zone, *check)
	if err != nil {
		return err
	}
	if *suggested {
		catalog, err := locales.New()
		if err != nil {
			return fmt.Errorf("read texts: %w", err)
		}
		full := preset.Suggested(s, average, func(id string) rules.Name { return suggestedName(catalog, s.Languages, id) })
		s = &full
	}
	if err := s.Validate(); err != nil {
		return fmt.Errorf("these terms do not fit together:\n%w\n%w", err, errConfig)
	}
	return printSettings(c.out, s)
}

func presetIDs() []string {
	var ids []string
	for _, p := range rules.Presets() {
		ids = append(ids, p.ID)
	}
	return ids
}

// suggestedName is what guests read of a thing that a preset suggests.
func suggestedName(catalog *locales.Catalog, languages []string, id string) rules.Name {
	name := make(rules.Name, len(languages))
	for _, l := range languages {
		name[l] = catalog.Printer(locales.Language(l)).T("suggest." + strings.ReplaceAll(id, "-", "_"))
	}
	return name
}

func setProgram(ctx context.Context, c console, a *app, slug, file string) error {
	settings, err := readSettings(file)
	if err != nil {
		return err
	}
	p, err := a.store.ProgramBySlug(ctx, slug)
	if err != nil {
		return programError(slug, err)
	}
	changed, err := a.engine.ChangeSettings(ctx, p.ID, "", p.Version, settings)
	switch {
	case isRefusal(err, "unit_fixed"):
		return fmt.Errorf("currency, unit.decimals and unit.worth cannot change once the program is open: points given would change their worth: %w", errConfig)
	case isRefusal(err, "settings_changed"):
		return fmt.Errorf("somebody else has changed the settings of %s meanwhile; get them again", slug)
	case err != nil:
		return err
	}
	fmt.Fprintf(c.out, "%s: settings version %d is in force; sales already made keep theirs\n", slug, changed.Version)
	thinkTwice(c, settings)
	return nil
}

// thinkTwice points out what is legal but unwise.
func thinkTwice(c console, s *rules.Settings) {
	for _, w := range s.Warnings() {
		fmt.Fprintf(c.out, "think twice: %s\n", warningText(w))
	}
}

// isRefusal reports whether an error is the engine's refusal with an id.
func isRefusal(err error, id string) bool {
	var refusal *engine.Error
	return errors.As(err, &refusal) && refusal.ID == id
}

// readSettings reads settings from a file or standard input and reports every problem, one a line.
func readSettings(path string) (*rules.Settings, error) {
	var raw []byte
	var err error
	if path == "-" {
		raw, err = io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
	} else {
		raw, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read settings: %w: %w", err, errConfig)
	}
	settings, err := rules.ParseSettings(raw)
	if err != nil {
		return nil, fmt.Errorf("%s:\n%w\n%w", path, err, errConfig)
	}
	return settings, nil
}

func printSettings(w io.Writer, s *rules.Settings) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(s); err != nil {
		return fmt.Errorf("print settings: %w", err)
	}
	return nil
}

// warningText explains a warning to the operator; owners read it in chat in their language.
func warningText(w rules.Warning) string {
	switch w {
	case rules.WarnHighRate:
		return "earn.rate is above 7 %, which most shops cannot afford"
	case rules.WarnHighLimit:
		return "redeem.limit lets points pay for more than half of a check"
	case rules.WarnNoExpiry:
		return "points.valid_days is 0: points never burn and pile up as a debt"
	case rules.WarnShortLife:
		return "points.valid_days is shorter than most guests take to come back"
	case rules.WarnOutOfPreset:
		return "earn.rate is outside what the industry usually gives"
	case rules.WarnHighTier:
		return "tiers: a status earns more than 7 %, which most shops cannot afford"
	case rules.WarnHighPromo:
		return "rules: with promotions a check earns more than 7 %, and neither a budget nor a last day bounds it"
	case rules.WarnHighTogether:
		return "discounts and points together take more than 30 % off a check"
	}
	return string(w)
}

func orDefault(v, preset string) string {
	if v == "" {
		return preset
	}
	return v
}
