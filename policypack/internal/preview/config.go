package preview

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	pkgworkspace "github.com/pulumi/pulumi/pkg/v3/workspace"
	"github.com/pulumi/pulumi/sdk/v3/go/common/encoding"
	"github.com/pulumi/pulumi/sdk/v3/go/common/esc"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"

	"github.com/pipeguard/pipeguard/policypack/internal/planprovider"
	"github.com/pipeguard/pipeguard/policypack/internal/source"
	"github.com/pipeguard/pipeguard/policypack/internal/standin"
)

// regionKey is the configuration of the region that AWS's provider works in.
var regionKey = config.MustMakeKey("aws", "region")

// loadConfig reads the stack's file, if there is one, and the configuration that the project sets for all stacks.
func (p *Program) loadConfig() error {
	file := p.stackFile(p.Stack)
	name := filepath.Base(file)
	p.Config = config.Map{}
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return fmt.Errorf("reading the configuration of stack %s: %w", p.Stack, err)
	default:
		text = trimBOM(text)
		if isYAMLFile(file) {
			if err := settingsProblem(p.Project.Name.String(), file, text); err != nil {
				return fmt.Errorf("reading the configuration of stack %s: %w", p.Stack, err)
			}
		}
		marshaler, _ := encoding.Detect(name)
		settings, err := workspace.LoadProjectStackBytes(nil, p.Project, text, file, marshaler)
		if err != nil {
			return fmt.Errorf("reading the configuration of stack %s in %s: %w", p.Stack, file, oneLine(err))
		}
		p.Config = settings.Config
		if len(settings.Environment.Imports()) > 0 {
			p.notice("%s imports environments of Pulumi ESC, which are not read: give what they set with --set", name)
		}
	}
	err = pkgworkspace.ApplyProjectConfig(context.Background(), p.Stack, p.Project, esc.Value{}, p.Config,
		config.NopEncrypter, config.NopDecrypter)
	if err != nil {
		return fmt.Errorf("reading the configuration in %s: %w", p.File, err)
	}
	p.secrets, err = newSecrets(p.Config)
	if err != nil {
		return fmt.Errorf("reading the secrets of stack %s in %s: %w", p.Stack, file, err)
	}
	p.typeSecrets()
	return nil
}

// DefaultRegion sets the region if neither the configuration nor the environment does: to the one given, or else to
// that of the plan provider, which is then only an assumption.
func (p *Program) DefaultRegion(region string) {
	_, set := p.Config[regionKey]
	if !set && os.Getenv("AWS_REGION") == "" && os.Getenv("AWS_DEFAULT_REGION") == "" {
		p.Config[regionKey] = config.NewValue(cmp.Or(region, planprovider.DefaultRegion))
		p.assumesRegion = region == ""
	}
}

// key returns the full key of a configuration value, which names its package unless
// it is the project's own.
func (p *Program) key(name string) (config.Key, error) {
	if !strings.Contains(name, ":") {
		name = p.Project.Name.String() + ":" + name
	}
	key, err := config.ParseKey(name)
	if err != nil {
		return config.Key{}, UsageError{fmt.Errorf("%q is no configuration key: %w", name, err)}
	}
	return key, nil
}

// Set sets configuration values, each as KEY=VALUE, for this preview only.
func (p *Program) Set(assignments []string) error {
	for _, assignment := range assignments {
		name, value, ok := strings.Cut(assignment, "=")
		if !ok || name == "" {
			return UsageError{fmt.Errorf("--set: want KEY=VALUE, as aws:region=eu-west-1, got %q", assignment)}
		}
		key, err := p.key(name)
		if err != nil {
			return err
		}
		for _, k := range p.requiredConfig() {
			if read, err := p.key(k.String()); err == nil && read == key && !isOfType(value, k.Type) {
				at := k.Location
				at.File = filepath.Join(p.Root, filepath.FromSlash(at.File))
				return UsageError{fmt.Errorf("--set %s: the program wants %s, which the given value is not; see %s", name, typeNames[k.Type], at)}
			}
		}
		if p.Config[key].Secure() {
			p.Config[key] = p.secrets.add(key, value)
		} else {
			p.Config[key] = config.NewValue(value)
		}
	}
	p.hideSecrets()
	return nil
}

// typeNames holds the types that values on the command line are checked against.
var typeNames = map[source.ConfigType]string{
	source.ConfigNumber: "a number", source.ConfigBoolean: "true or false", source.ConfigObject: "JSON", source.ConfigArray: "JSON",
}

// isOfType reports whether programs can read a value as that type, in any language.
func isOfType(value string, kind source.ConfigType) bool {
	var err error
	switch kind {
	case source.ConfigNumber:
		if _, err = strconv.ParseFloat(strings.TrimSpace(value), 64); err != nil {
			_, err = strconv.ParseInt(strings.TrimSpace(value), 0, 64)
		}
	case source.ConfigBoolean:
		_, err = strconv.ParseBool(strings.ToLower(value))
	case source.ConfigObject, source.ConfigArray:
		return json.Valid([]byte(value))
	default: // every value is a text
	}
	return err == nil
}

// hideSecrets turns plain-text values into secrets if the program reads or declares them as secrets.
func (p *Program) hideSecrets() {
	for _, k := range p.requiredConfig() {
		key, err := p.key(k.String())
		if err != nil || !k.Secret {
			continue
		}
		if value, set := p.Config[key]; set && !value.Secure() && !value.Object() {
			text, err := value.Value(config.NopDecrypter)
			if err == nil {
				p.Config[key] = p.secrets.add(key, text)
			}
		}
	}
}

// Missing returns the configuration that the program certainly needs and that nothing sets, sorted by name.
func (p *Program) Missing() []source.ConfigKey {
	return p.unset(func(k source.ConfigKey) bool { return !k.Conditional })
}

// requiredConfig returns the configuration that the program requires. Its source is
// read once.
func (p *Program) requiredConfig() []source.ConfigKey {
	if p.required == nil {
		required, _ := source.RequiredConfig(p.Root) // the rules that look at source report a gap
		p.required = append([]source.ConfigKey{}, required...)
	}
	return p.required
}

// unset returns the configuration that the program requires and that nothing sets.
func (p *Program) unset(wanted func(source.ConfigKey) bool) []source.ConfigKey {
	return slices.DeleteFunc(slices.Clone(p.requiredConfig()), func(k source.ConfigKey) bool {
		key, err := p.key(k.String())
		if err != nil || !wanted(k) {
			return true
		}
		_, set := p.Config[key]
		return set || key == regionKey // which has a default
	})
}

// MissingError returns an error that lists all the missing configuration and how to set it.
func (p *Program) MissingError(missing []source.ConfigKey, place func(source.ConfigKey) string) error {
	if len(missing) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "stack %s lacks configuration that the program requires:\n", p.Stack)
	for _, k := range missing {
		kind := string(k.Type)
		if k.Secret {
			kind += ", secret"
		}
		fmt.Fprintf(&b, "  %s (%s), read at %s\n", k, kind, place(k))
	}
	b.WriteString("set it with")
	for _, k := range missing {
		fmt.Fprintf(&b, " --set %s=…", k)
	}
	b.WriteString(", or have stand-ins for all of it with --stand-in-config")
	return errors.New(b.String())
}

// FillIn sets missing configuration to stand-ins of the types that the program reads.
func (p *Program) FillIn() error {
	for _, k := range p.unset(func(source.ConfigKey) bool { return true }) {
		key, err := p.key(k.String())
		if err != nil {
			return err
		}
		text := standInOf(k.Type, key)
		if path := p.exampleFile(k, key); path != "" {
			p.notice("%s is %s, as the template in %s has it", k, path, p.File)
			text = path
		} else {
			p.filledIn = append(p.filledIn, key)
		}
		if k.Secret {
			p.Config[key] = p.secrets.add(key, text)
		} else {
			p.Config[key] = config.NewValue(text)
		}
	}
	return nil
}

// exampleFile returns the value of a key in the project file's template, if that is a file or folder of the program: a
// stand-in cannot be read in its place.
func (p *Program) exampleFile(k source.ConfigKey, key config.Key) string {
	if p.Project.Template == nil {
		return ""
	}
	example := p.Project.Template.Config[k.String()].Default
	if example == "" {
		example = p.Project.Template.Config[key.String()].Default
	}
	if !strings.ContainsAny(example, "./") || !filepath.IsLocal(filepath.FromSlash(example)) {
		return ""
	}
	if _, err := os.Stat(filepath.Join(p.WorkDir(), filepath.FromSlash(example))); err != nil {
		return ""
	}
	return example
}

// standInOf returns a stand-in for a value of a type, in the text form that configuration uses.
func standInOf(kind source.ConfigType, key config.Key) string {
	text := standin.Text("config", key.String())
	switch kind {
	case source.ConfigNumber:
		if standin.IsCount(key.Name()) {
			return strconv.Itoa(standin.Count)
		}
		return fmt.Sprintf("%.0f", standin.Number("config", key.String()))
	case source.ConfigBoolean:
		return "false"
	case source.ConfigObject:
		return fmt.Sprintf(`{"value":%q}`, text)
	case source.ConfigArray:
		return fmt.Sprintf(`[%q]`, text)
	default: // there is nothing to do for the others
	}
	if domainKey.MatchString(key.Name()) {
		return text + ".example.com" // programs split it at its dots
	}
	return text
}

// domainKey matches the names of keys that are read as domain names.
var domainKey = regexp.MustCompile(`(?i)(domain|host)(name)?$`)

// secrets replaces a secrets manager: it decrypts each secret to a stand-in, and needs no key.
type secrets struct{ byCiphertext map[string]string }

func newSecrets(values config.Map) (*secrets, error) {
	s := &secrets{byCiphertext: map[string]string{}}
	for key, value := range values {
		if !value.Secure() {
			continue
		}
		ciphertexts, err := value.SecureValues(config.NopDecrypter)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		for i, ciphertext := range ciphertexts {
			s.byCiphertext[ciphertext] = standin.Text("secret", key.String(), fmt.Sprint(i))
		}
	}
	return s, nil
}

// add returns a secret value that decrypts to text.
func (s *secrets) add(key config.Key, text string) config.Value {
	ciphertext := "stand-in of " + key.String()
	s.byCiphertext[ciphertext] = text
	return config.NewSecureValue(ciphertext)
}

// typeSecrets replaces secrets that the program reads as a type other than text with stand-ins of that type.
func (p *Program) typeSecrets() {
	if len(p.secrets.byCiphertext) == 0 {
		return
	}
	for _, k := range p.requiredConfig() {
		key, err := p.key(k.String())
		if err != nil || k.Type == source.ConfigString {
			continue
		}
		if value, set := p.Config[key]; set && value.Secure() && !value.Object() {
			p.Config[key] = p.secrets.add(key, standInOf(k.Type, key))
		}
	}
}

// DecryptValue implements [config.Decrypter].
func (s *secrets) DecryptValue(_ context.Context, ciphertext string) (string, error) {
	if text, ok := s.byCiphertext[ciphertext]; ok {
		return text, nil
	}
	return standin.Text("secret", ciphertext), nil
}

// BatchDecrypt implements [config.Decrypter].
func (s *secrets) BatchDecrypt(ctx context.Context, ciphertexts []string) ([]string, error) {
	texts := make([]string, len(ciphertexts))
	for i, ciphertext := range ciphertexts {
		texts[i], _ = s.DecryptValue(ctx, ciphertext)
	}
	return texts, nil
}
