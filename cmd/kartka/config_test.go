package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"kartka/engine"
)

// environment is a process's, in a test.
type environment map[string]string

func (e environment) get(name string) string { return e[name] }

// command runs a subcommand in an environment and returns its exit code and what it printed.
func (e environment) command(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = run(context.Background(), console{out: &stdout, err: &stderr, env: e.get}, args)
	return code, stdout.String(), stderr.String()
}

// write makes a file and returns its path.
func write(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// knobs are all values of the configuration: their variable, their key in the TOML file, their default, and two other values.
var knobs = []struct{ env, key, preset, one, two string }{
	{"DATABASE", "database", "sqlite:kartka.db", "sqlite:one.db", "sqlite:two.db"},
	{"REDIS", "redis", "", "redis://127.0.0.1:1/0", "redis://127.0.0.1:2/0"},
	{"LISTEN", "listen", "127.0.0.1:8080", "127.0.0.1:1", ":2"},
	{"PUBLIC_URL", "public_url", "", "https://one.example", "https://two.example"},
	{"KEY", "key", "", "key-one", "key-two"},
	{"KEY_PATH", "key_file", "", "/run/one.key", "/run/two.key"},
	{"TELEGRAM_TOKEN", "telegram_token", "", "1:one", "2:two"},
	{"TELEGRAM_API", "telegram_api", "https://api.telegram.org", "http://127.0.0.1:1", "http://127.0.0.1:2"},
	{"TELEGRAM_PAID", "telegram_paid", "false", "true", "false"},
	{"TELEGRAM_OIDC_ISSUER", "telegram_oidc_issuer", "https://oauth.telegram.org", "http://127.0.0.1:1", "https://two.example"},
	{"TELEGRAM_OIDC_SECRETS", "telegram_oidc_secrets", "", "1:one", "1:one,2:two"},
	{"METRICS_LISTEN", "metrics_listen", "", "127.0.0.1:1", "127.0.0.1:2"},
	{"METRICS_TOKEN", "metrics_token", "", "one", "two"},
	{"LOG_FORMAT", "log_format", "text", "json", "text"},
	{"LOG_LEVEL", "log_level", "info", "debug", "error"},
}

// value reads a value of the configuration by its variable.
func value(t *testing.T, c config, env string) string {
	t.Helper()
	found := "no such field"
	eachField(&c, func(f field) {
		if f.env == env {
			found = f.text()
		}
	})
	return found
}

func TestEveryKnobIsTested(t *testing.T) {
	if fields := reflect.TypeFor[config]().NumField(); fields != len(knobs) {
		t.Errorf("the configuration has %d values, the table of this test %d", fields, len(knobs))
	}
	eachField(new(config), func(f field) {
		if f.about == "" || f.env == "" {
			t.Errorf("%+v lacks its variable or its explanation", f)
		}
	})
}

// A value comes from its file, else from its variable, else from the TOML file, else it is the default.
func TestWhereAValueComesFrom(t *testing.T) {
	for _, k := range knobs {
		t.Run(k.env, func(t *testing.T) {
			line := fmt.Sprintf("%s = %q\n", k.key, k.one)
			if k.preset == "true" || k.preset == "false" {
				line = fmt.Sprintf("%s = %s\n", k.key, k.one)
			}
			table := write(t, "kartka.toml", line)
			file := write(t, "value", "  "+k.one+"\n")
			for _, source := range []struct {
				name string
				env  environment
				want string
			}{
				{"default", environment{}, k.preset},
				{"toml", environment{"KARTKA_CONFIG": table}, k.one},
				{"variable", environment{"KARTKA_" + k.env: k.one}, k.one},
				{"file", environment{"KARTKA_" + k.env + "_FILE": file}, k.one},
				{"variable over toml", environment{"KARTKA_CONFIG": table, "KARTKA_" + k.env: k.two}, k.two},
				{"empty variable is none", environment{"KARTKA_CONFIG": table, "KARTKA_" + k.env: ""}, k.one},
				{"file over variable", environment{"KARTKA_" + k.env + "_FILE": file, "KARTKA_" + k.env: k.two}, k.one},
			} {
				c, err := loadConfig(source.env.get)
				if got := value(t, c, k.env); err != nil || got != source.want {
					t.Errorf("%s: %q and %v, want %q", source.name, got, err, source.want)
				}
			}
		})
	}
}

// Whatever cannot work is refused with the name of its variable and the exit code for configuration, all problems at once.
func TestBadConfigurationIsNamed(t *testing.T) {
	t.Chdir(t.TempDir())
	gone := filepath.Join(t.TempDir(), "gone")
	for _, bad := range []struct {
		name string
		env  environment
		want []string
	}{
		{"database of another kind", environment{"KARTKA_DATABASE": "mysql://u:hunter2@h/d"}, []string{"KARTKA_DATABASE"}},
		{"public address without TLS", environment{"KARTKA_PUBLIC_URL": "http://shop.example"}, []string{"KARTKA_PUBLIC_URL"}},
		{"public address without host", environment{"KARTKA_PUBLIC_URL": "https://"}, []string{"KARTKA_PUBLIC_URL"}},
		{"public address that is no URL", environment{"KARTKA_PUBLIC_URL": "https://a b"}, []string{"KARTKA_PUBLIC_URL"}},
		{"Bot API without host", environment{"KARTKA_TELEGRAM_API": "api.telegram.org"}, []string{"KARTKA_TELEGRAM_API"}},
		{"paid or not", environment{"KARTKA_TELEGRAM_PAID": "yes"}, []string{"KARTKA_TELEGRAM_PAID", "true or false"}},
		{"issuer without TLS", environment{"KARTKA_TELEGRAM_OIDC_ISSUER": "http://oauth.example"}, []string{"KARTKA_TELEGRAM_OIDC_ISSUER"}},
		{"issuer that is no URL", environment{"KARTKA_TELEGRAM_OIDC_ISSUER": "oauth.telegram.org"}, []string{"KARTKA_TELEGRAM_OIDC_ISSUER"}},
		{"secret without a bot", environment{"KARTKA_TELEGRAM_OIDC_SECRETS": "hunter2"}, []string{"KARTKA_TELEGRAM_OIDC_SECRETS", "number 1"}},
		{"second secret of a bot", environment{"KARTKA_TELEGRAM_OIDC_SECRETS": "1:hunter2,1:hunter2"}, []string{"KARTKA_TELEGRAM_OIDC_SECRETS", "number 2"}},
		{"no secret behind a comma", environment{"KARTKA_TELEGRAM_OIDC_SECRETS": "1:hunter2,"}, []string{"KARTKA_TELEGRAM_OIDC_SECRETS", "number 2"}},
		{"log format", environment{"KARTKA_LOG_FORMAT": "xml"}, []string{"KARTKA_LOG_FORMAT"}},
		{"log level", environment{"KARTKA_LOG_LEVEL": "loud"}, []string{"KARTKA_LOG_LEVEL"}},
		{"PostgreSQL without a key", environment{"KARTKA_DATABASE": "postgres://u:hunter2@127.0.0.1:1/d"}, []string{"KARTKA_KEY_PATH"}},
		{"file that is not there", environment{"KARTKA_METRICS_TOKEN_FILE": gone}, []string{"KARTKA_METRICS_TOKEN_FILE"}},
		{"TOML that is not there", environment{"KARTKA_CONFIG": gone}, []string{"KARTKA_CONFIG"}},
		{"TOML that is none", environment{"KARTKA_CONFIG": write(t, "a.toml", "listen = \n")}, []string{"KARTKA_CONFIG"}},
		{"TOML secret without quotes", environment{"KARTKA_CONFIG": write(t, "b.toml", "listen = \":1\"\nmetrics_token = hunter2\n")}, []string{"KARTKA_CONFIG"}},
		{"TOML value of another type", environment{"KARTKA_CONFIG": write(t, "c.toml", "listen = 8080\n")}, []string{"KARTKA_CONFIG", "listen"}},
		{"TOML key that nobody knows", environment{"KARTKA_CONFIG": write(t, "d.toml", "listen_on = \":1\"\n")}, []string{"d.toml", "listen_on"}},
		{"everything at once", environment{"KARTKA_LOG_FORMAT": "xml", "KARTKA_LOG_LEVEL": "loud", "KARTKA_KEY_FILE": gone, "KARTKA_DATABASE": "x"},
			[]string{"KARTKA_LOG_FORMAT", "KARTKA_LOG_LEVEL", "KARTKA_KEY_FILE", "KARTKA_DATABASE"}},
	} {
		t.Run(bad.name, func(t *testing.T) {
			for _, command := range []string{"config", "serve", "migrate", "doctor"} {
				code, out, errs := bad.env.command(t, command)
				if code != exitConfig {
					t.Errorf("%s: exit code %d, want %d: %s", command, code, exitConfig, errs)
				}
				for _, want := range bad.want {
					if !strings.Contains(errs, want) {
						t.Errorf("%s does not name %s: %s", command, want, errs)
					}
				}
				if strings.Contains(out+errs, "hunter2") {
					t.Errorf("%s tells a password: %s%s", command, out, errs)
				}
			}
		})
	}
}

// A webhook on the own machine needs no TLS: it is how one tries it out.
func TestPublicAddressOnLoopback(t *testing.T) {
	for _, url := range []string{"http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:1", "https://shop.example/base"} {
		if _, err := loadConfig(environment{"KARTKA_PUBLIC_URL": url}.get); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestConfigIsPrintedWithoutSecrets(t *testing.T) {
	env := environment{
		"KARTKA_DATABASE": "postgres://kartka:hunter2@db.example:5432/kartka", "KARTKA_PUBLIC_URL": "https://shop.example",
		"KARTKA_TELEGRAM_API": "http://me:hunter2@127.0.0.1:8081",
	}
	eachField(new(config), func(f field) {
		if f.value.Type() == reflect.TypeFor[engine.Secret]() {
			env["KARTKA_"+f.env] = "hunter2-" + f.env
		}
	})
	env["KARTKA_TELEGRAM_OIDC_SECRETS"] = "1:hunter2-one,2:hunter2-two"
	code, out, errs := env.command(t, "config")
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if strings.Contains(out, "hunter2") {
		t.Errorf("a secret is printed:\n%s", out)
	}
	for _, want := range []string{"db.example:5432", "https://shop.example", "127.0.0.1:8081", `"info"`} {
		if !strings.Contains(out, want) {
			t.Errorf("%s is not printed:\n%s", want, out)
		}
	}
	for _, k := range knobs {
		if !strings.Contains(out, "KARTKA_"+k.env+" ") {
			t.Errorf("KARTKA_%s is not printed:\n%s", k.env, out)
		}
	}
	if set := strings.Count(out, "[set]"); set != 5 {
		t.Errorf("%d secrets are said to be set, want 5:\n%s", set, out)
	}
}

// A password is told in none of the ways in which a database URL can hold one, not even when the URL is broken.
func TestNoCommandTellsThePassword(t *testing.T) {
	for _, url := range []string{
		"postgres://kartka:hunter2@127.0.0.1:1/kartka",
		"postgres://127.0.0.1:1/kartka?user=kartka&password=hunter2",
		"postgres://127.0.0.1:1/kartka?sslmode=disable&sslpassword=hunter2",
		"postgres://kartka:hunter2%zz@127.0.0.1:1/kartka",
		"postgresql://kartka:hunter2@127.0.0.1:port/kartka",
		"postgres://kartka:hunter2@127.0.0.1:1/kartka?sslmode=maybe",
	} {
		env := environment{"KARTKA_DATABASE": url, "KARTKA_KEY_PATH": filepath.Join(t.TempDir(), "kartka.key")}
		for _, args := range [][]string{{"config"}, {"migrate", "-new-key"}, {"doctor"}} {
			_, out, errs := env.command(t, args...)
			if strings.Contains(out+errs, "hunter2") {
				t.Errorf("%s with %s prints\n%s%s", args[0], url, out, errs)
			}
		}
	}
}

func TestDefaultsNeedNothing(t *testing.T) {
	c, err := loadConfig(environment{}.get)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.keyPath(); got != "kartka.key" {
		t.Errorf("the key is kept in %q", got)
	}
	c.Database = "sqlite:/var/lib/kartka/shop.db?x=1"
	if got := c.keyPath(); got != "/var/lib/kartka/kartka.key" {
		t.Errorf("the key is kept in %q", got)
	}
}

func TestHelpNamesEveryCommand(t *testing.T) {
	for _, args := range [][]string{nil, {"help"}, {"-h"}, {"--help"}} {
		code, out, errs := environment{}.command(t, args...)
		if code != exitOK || errs != "" {
			t.Errorf("%v: exit code %d, %s", args, code, errs)
		}
		for _, c := range commands() {
			if !strings.Contains(out, "\n  "+c.name) || c.about == "" || !strings.Contains(out, c.about) {
				t.Errorf("%v does not explain %s:\n%s", args, c.name, out)
			}
		}
	}
}

func TestCommandLinesThatAreRefused(t *testing.T) {
	env := environment{"KARTKA_DATABASE": "sqlite:" + filepath.Join(t.TempDir(), "kartka.db")}
	for _, bad := range []struct {
		args []string
		want string
	}{
		{[]string{"sevre"}, "sevre"},
		{[]string{"serve", "now"}, "now"},
		{[]string{"config", "-x"}, "-x"},
		{[]string{"version", "2"}, "2"},
		{[]string{"demo", "-listen", "nowhere:x", "-json"}, "-listen"},
		{[]string{"demo", "here"}, "here"},
		{[]string{"migrate", "up"}, "up"},
		{[]string{"verify", "all"}, "all"},
		{[]string{"doctor", "who"}, "who"},
		{[]string{"health", "now"}, "now"},
		{[]string{"backup"}, "usage"},
		{[]string{"backup", "a", "b"}, `"b"`},
		{[]string{"jobs"}, "usage"},
		{[]string{"jobs", "stop"}, "usage"},
		{[]string{"jobs", "run", "now"}, "now"},
		{[]string{"staff"}, "usage"},
		{[]string{"staff", "list"}, "usage"},
		{[]string{"staff", "dismiss", "main"}, "usage"},
		{[]string{"staff", "list", "main", "all"}, "usage"},
		{[]string{"program"}, "usage"},
		{[]string{"program", "get"}, "usage"},
		{[]string{"program", "set", "main"}, "usage"},
		{[]string{"program", "validate"}, "usage"},
		{[]string{"program", "add", "-name", "x"}, "usage"},
		{[]string{"program", "burn", "main"}, "usage"},
	} {
		code, out, errs := env.command(t, bad.args...)
		if code != exitConfig || !strings.Contains(errs, bad.want) || out != "" {
			t.Errorf("kartka %s: exit code %d, %q, %q; want %d and %q", strings.Join(bad.args, " "), code, out, errs, exitConfig, bad.want)
		}
	}
}

// Asking a command for help is no failure.
func TestCommandsExplainTheirFlags(t *testing.T) {
	for _, name := range []string{"demo", "serve", "config", "migrate", "verify", "doctor", "backup", "health", "version"} {
		code, _, errs := environment{}.command(t, name, "-h")
		if code != exitOK || !strings.Contains(errs, "kartka "+name) {
			t.Errorf("kartka %s -h: exit code %d, %q", name, code, errs)
		}
	}
}

func TestVersion(t *testing.T) {
	code, out, _ := environment{}.command(t, "version")
	if code != exitOK || !strings.HasPrefix(out, "kartka development (go") {
		t.Errorf("exit code %d: %q", code, out)
	}
}
