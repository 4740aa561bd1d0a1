package adapter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/emptypb"
)

// maxMessageBytes is the largest message accepted in either direction: 400 MiB,
// the limit the engine sets on its own connections (rpcutil.GrpcChannelOptions).
const maxMessageBytes = 400 << 20

// Language is a language host and what the adapter must know about it.
type Language struct {
	Name string // as messages spell it: "Go"
	Path string // the host's executable

	// Flags returns the flags that the host needs for a request. There is one
	// host for each set of flags, started by the first request that needs it.
	// If Flags is nil, there is one host, started immediately.
	Flags func(context.Context, proto.Message) ([]string, error)

	// Answer answers a request in place of the host, unless it returns nil.
	Answer func(context.Context, proto.Message) (proto.Message, error)
}

// adapt serves LanguageRuntime in front of the hosts of a language. Like every
// language host it prints its port as the first line on stdout; what the hosts
// print besides their own ports follows.
//
// It returns nil once ctx is done and an error if a host cannot be started
// immediately or ends on its own. All hosts have ended whenever adapt returns.
func adapt(ctx context.Context, lang Language, args []string, stdout, stderr io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("opening a port for the engine: %w", err)
	}
	defer listener.Close()
	port := fmt.Sprintf("%d\n", listener.Addr().(*net.TCPAddr).Port)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	hosts := &pool{
		ctx: ctx, lang: lang, args: args, stdout: stdout, stderr: stderr,
		hosts: map[string]*host{}, wanted: make(chan wanted), ended: make(chan error, 1),
	}
	defer hosts.stop(cancel)

	if lang.Flags == nil {
		if _, err := hosts.start(nil, port); err != nil {
			return err
		}
	} else if _, err := io.WriteString(stdout, port); err != nil {
		return fmt.Errorf("printing the port: %w", err)
	}

	server := newServer(lang, hosts.connect)
	defer server.Stop()
	go func() {
		// Serve fails only once the listener does; the hosts are of no use then.
		_ = server.Serve(listener)
		cancel()
	}()
	return hosts.run()
}

// pool starts the hosts of a language, each on first use. Its goroutine is the
// one that calls run, so that one thread is the parent of all hosts.
type pool struct {
	ctx            context.Context // the hosts' lifetime
	lang           Language
	args           []string
	stdout, stderr io.Writer

	hosts  map[string]*host // by flags
	wanted chan wanted
	ended  chan error // receives why the first host ended
}

type host struct {
	conn  *grpc.ClientConn
	ended chan struct{} // closed when the process has ended
	err   error         // how; valid once ended is closed
}

// wanted asks for the host with these flags; reply must have room for one.
type wanted struct {
	flags []string
	reply chan<- started
}

type started struct {
	conn grpc.ClientConnInterface
	err  error
}

// connect returns a connection to the host with the given flags.
func (p *pool) connect(ctx context.Context, flags []string) (grpc.ClientConnInterface, error) {
	reply := make(chan started, 1)
	select {
	case p.wanted <- wanted{flags, reply}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.ctx.Done():
		return nil, p.ctx.Err()
	}
	// The pool answers whatever it has accepted.
	s := <-reply
	return s.conn, s.err
}

// run serves connect until the pool's context is done or a host ends.
func (p *pool) run() error {
	for {
		select {
		case w := <-p.wanted:
			conn, err := p.start(w.flags, "")
			w.reply <- started{conn, err}
		case err := <-p.ended:
			return err
		case <-p.ctx.Done():
			// A host that ended on its own a moment ago is the better answer.
			select {
			case err := <-p.ended:
				return err
			default:
				return nil
			}
		}
	}
}

// start returns the host with the given flags, and starts it if necessary. In
// the host's output, firstLine replaces the line with the host's port.
func (p *pool) start(flags []string, firstLine string) (grpc.ClientConnInterface, error) {
	key := strings.Join(flags, "\x00")
	if h, ok := p.hosts[key]; ok {
		return h.conn, nil
	}
	output := &portSwap{ours: firstLine, hosts: make(chan string, 1), out: p.stdout}
	cmd := exec.CommandContext(p.ctx, p.lang.Path, append(flags[:len(flags):len(flags)], p.args...)...)
	cmd.Stdout, cmd.Stderr = output, p.stderr
	// A program that the host started may still hold stdout open: do not wait for it.
	cmd.WaitDelay = time.Second
	endWithParent(cmd)
	temp, err := os.MkdirTemp("", "pulumi-language-")
	if err != nil {
		return nil, fmt.Errorf("creating a folder for what the %s language host compiles: %w", p.lang.Name, err)
	}
	// The Go host compiles into the temporary folder and removes a plugin's binary
	// only when the plugin ends first, which the engine does not wait for.
	cmd.Env = append(os.Environ(), "TMPDIR="+temp, "TMP="+temp) // TMP is what Windows reads
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the %s language host: %w", p.lang.Name, err), os.RemoveAll(temp))
	}
	h := &host{ended: make(chan struct{})}
	go func() {
		defer close(h.ended)
		h.err = cmd.Wait()
		_ = os.RemoveAll(temp) // the host is gone; the rest is up to the system's own clean-up
	}()

	select {
	case port := <-output.hosts:
		h.conn, err = grpc.NewClient(net.JoinHostPort("127.0.0.1", port),
			grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessageBytes)))
		if err != nil {
			return nil, fmt.Errorf("connecting to the %s language host: %w", p.lang.Name, err)
		}
	case <-h.ended:
		return nil, p.endedEarly("before it printed its port", h.err)
	}
	p.hosts[key] = h
	go func() {
		<-h.ended
		select {
		case p.ended <- p.endedEarly("while it was in use", h.err):
		default: // another ended first
		}
	}()
	return h.conn, nil
}

// stop ends all hosts and waits until they have.
func (p *pool) stop(cancel func()) {
	cancel()
	for _, h := range p.hosts {
		<-h.ended
		_ = h.conn.Close()
	}
}

// endedEarly returns nil if the host was asked to end, which is how it should
// end. The engine signals the whole process group, so the host may be gone a
// moment before this process learns of the signal and ctx is done.
func (p *pool) endedEarly(when string, err error) error {
	switch {
	case p.ctx.Err() != nil, endedBySignal(err, syscall.SIGINT), endedBySignal(err, syscall.SIGTERM):
		return nil
	case err == nil:
		return fmt.Errorf("the %s language host ended %s", p.lang.Name, when)
	default:
		return fmt.Errorf("the %s language host ended %s: %w", p.lang.Name, when, err)
	}
}

func endedBySignal(err error, signal syscall.Signal) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return false
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == signal
}

// newServer forwards every call to the host that connect returns, including
// those of methods that neither side knows: the engine relies on the
// Unimplemented it gets back to choose its fallbacks.
func newServer(
	lang Language, connect func(context.Context, []string) (grpc.ClientConnInterface, error),
) *grpc.Server {
	return grpc.NewServer(
		grpc.MaxRecvMsgSize(maxMessageBytes),
		grpc.UnknownServiceHandler(func(_ any, engine grpc.ServerStream) error {
			method, _ := grpc.MethodFromServerStream(engine)
			request := requestOf(method)
			if err := engine.RecvMsg(request); err != nil {
				return err
			}
			fillProgram(request)
			if lang.Answer != nil {
				if response, err := lang.Answer(engine.Context(), request); err != nil {
					return err
				} else if response != nil {
					return engine.SendMsg(response)
				}
			}
			var flags []string
			if lang.Flags != nil {
				var err error
				if flags, err = lang.Flags(engine.Context(), request); err != nil {
					return err
				}
			}
			conn, err := connect(engine.Context(), flags)
			if err != nil {
				return err
			}
			return forward(engine, conn, method, request)
		}))
}

// forward passes one call on. Each LanguageRuntime method takes one request and
// answers with one response or a stream of responses.
//
// Responses are received as Empty, which keeps all fields as unknown ones and so
// writes them out again byte for byte, whatever their type.
func forward(engine grpc.ServerStream, host grpc.ClientConnInterface, method string, request proto.Message) error {
	responses, err := host.NewStream(engine.Context(), &grpc.StreamDesc{ServerStreams: true}, method)
	if err != nil {
		return err
	}
	// If sending fails, receiving returns the status with which the host ended.
	if err := responses.SendMsg(request); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := responses.CloseSend(); err != nil {
		return err
	}
	for {
		response := new(emptypb.Empty)
		if err := responses.RecvMsg(response); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := engine.SendMsg(response); err != nil {
			return err
		}
	}
}

// requestOf returns an empty request of a LanguageRuntime method, or Empty for
// an unknown method. Unknown fields are kept.
func requestOf(method string) proto.Message {
	name, _ := strings.CutPrefix(method, "/"+pulumirpc.LanguageRuntime_ServiceDesc.ServiceName+"/")
	known := pulumirpc.File_pulumi_language_proto.Services().ByName("LanguageRuntime").Methods()
	if m := known.ByName(protoreflect.Name(name)); m != nil {
		if t, err := protoregistry.GlobalTypes.FindMessageByName(m.Input().FullName()); err == nil {
			return t.New().Interface()
		}
	}
	return new(emptypb.Empty)
}

// fillProgram copies the folder of a plugin into the deprecated field from which
// the old hosts take it.
func fillProgram(request proto.Message) {
	if r, ok := request.(*pulumirpc.RunPluginRequest); ok && r.GetInfo().GetProgramDirectory() != "" {
		r.Program = r.GetInfo().GetProgramDirectory()
	}
}

// portSwap passes on what a language host prints, with the first line, the host's
// port, replaced by ours. So the engine reads a port before anything else.
type portSwap struct {
	ours  string      // with its line end; empty to leave the line out
	hosts chan string // receives the host's port; must have room for it
	out   io.Writer

	line []byte
	done bool
}

func (w *portSwap) Write(p []byte) (int, error) {
	if w.done {
		return w.out.Write(p)
	}
	line, rest, complete := bytes.Cut(p, []byte("\n"))
	w.line = append(w.line, line...)
	if !complete {
		return len(p), nil
	}
	w.done = true
	w.hosts <- string(bytes.TrimSpace(w.line))
	if _, err := io.WriteString(w.out, w.ours+string(rest)); err != nil {
		return 0, err
	}
	return len(p), nil
}
