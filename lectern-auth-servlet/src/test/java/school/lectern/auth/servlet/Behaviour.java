package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.LecternAuthBuilder;
import school.lectern.auth.NewToken;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.Tenant;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.testkit.MutableClock;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/**
 * An application under test: a LecternAuth in the Lectern dialect with in-memory stores and a clock that the test sets, in a
 * real container. Tenants 123 and 456 were created under two versions.
 */
abstract class Behaviour {

    /** A quarter of a second past 13:23:20, so that rounding is visible. */
    static final Instant START = Instant.parse("2026-05-07T13:23:20.250Z");

    /** The end of the minute of {@link #START}. */
    static final String RESET = "2026-05-07T13:24:00Z";

    /** Longer than the clock of any other test advances. */
    static final Duration IDLE_TIMEOUT = Duration.ofDays(10_000);

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static final Map<String, Tenant> TENANTS = Map.of(
            "123", new Tenant("123", ApiVersion.of("2026-01-01"), Map.of()),
            "456", new Tenant("456", ApiVersion.of("2026-05-01"), Map.of()));

    final MutableClock clock = MutableClock.at(START);
    private final InMemoryAuditLog events = new InMemoryAuditLog();
    final Breakable<AuditLog> audit = new Breakable<>(AuditLog.class, events);
    private final InMemoryTokenStore rows = new InMemoryTokenStore(events);
    final Breakable<ChangeFeed> feed =
            new Breakable<>(ChangeFeed.class, rows.changes().orElseThrow());
    final Breakable<TokenStore> store =
            new Breakable<>(TokenStore.class, rows, Map.of("changes", Optional.of(feed.part)));
    final Breakable<LimitStore> limits = new Breakable<>(LimitStore.class, new InMemoryLimitStore(Clocks.of(clock)));

    /** Further tenants: id → the id of the tenant that it is a copy of. */
    final Map<String, String> renamed = new ConcurrentHashMap<>();

    /** The directory that {@link #tenants} delegates to. */
    volatile TenantDirectory directory = id -> Optional.ofNullable(TENANTS.get(renamed.getOrDefault(id, id)));

    final TenantDirectory tenants = id -> directory.find(id);

    /** The names of the handlers that were reached. */
    final List<String> reached = new CopyOnWriteArrayList<>();

    /** The log output of the test. */
    final CapturedLog log = new CapturedLog();

    @RegisterExtension
    final TestExecutionExceptionHandler shows = (test, thrown) -> {
        log.show();
        throw thrown;
    };

    private final Map<String, HttpServlet> servlets = new LinkedHashMap<>();
    private final List<LecternAuth> opened = new ArrayList<>();

    VersionPolicy versions = VersionPolicy.released(
            ApiVersion.of("2026-01-01"), ApiVersion.of("2026-05-01"), ApiVersion.of("2026-09-01"));

    LecternAuth auth = judge(Lectern.DIALECT);
    private Container container;
    private int port;

    abstract Container container();

    /** Returns whether a handler's response to an incomplete body reaches the client. */
    final boolean answersBrokenBodies() {
        return container.answersBrokenBodies();
    }

    /** Opens a LecternAuth over this test's stores. */
    final LecternAuth judge(Dialect dialect) {
        return judge(dialect, settings -> settings);
    }

    /** Opens a LecternAuth over this test's stores, with further settings. */
    final LecternAuth judge(Dialect dialect, UnaryOperator<LecternAuthBuilder> settings) {
        LecternAuthBuilder builder = LecternAuth.builder(dialect)
                .tokens(store.part)
                .limits(limits.part)
                .audit(audit.part, AuditMode.DURABLE)
                .tenants(tenants)
                .idleTimeout(IDLE_TIMEOUT)
                .clock(clock);
        dialect.versionHeader().ifPresent(header -> builder.versions(versions));
        LecternAuth judge = settings.apply(builder).open();
        opened.add(judge);
        return judge;
    }

    /** Opens a LecternAuth over stores of its own, which records calls in this audit log. */
    final LecternAuth judge(Dialect dialect, InMemoryAuditLog ownAudit) {
        LecternAuth judge = LecternAuth.builder(dialect)
                .tokens(new InMemoryTokenStore(ownAudit))
                .audit(ownAudit, AuditMode.DURABLE)
                .clock(clock)
                .open();
        opened.add(judge);
        return judge;
    }

    /** Handles a request. */
    interface Handler {
        void answer(HttpServletRequest request, HttpServletResponse response) throws IOException, ServletException;
    }

    final void handle(String pattern, Handler handler) {
        serve(pattern, new HandlerServlet(handler));
    }

    final void serve(String pattern, HttpServlet servlet) {
        servlets.put(pattern, servlet);
    }

    /** Returns a handler that records this name in {@link #reached} and returns it as the body. */
    final Handler says(String name) {
        return (request, response) -> {
            reached.add(name);
            response.setContentType("text/plain");
            response.getOutputStream().print(name);
        };
    }

    private static final class HandlerServlet extends HttpServlet {
        private static final long serialVersionUID = 1L;
        private final transient Handler handler;

        HandlerServlet(Handler handler) {
            this.handler = handler;
        }

        @Override
        protected void service(HttpServletRequest request, HttpServletResponse response)
                throws IOException, ServletException {
            handler.answer(request, response);
        }
    }

    final void start(RouteRules.Builder rules) throws Exception {
        start(List.of(new LecternAuthFilter(auth, rules.build())), UnaryOperator.identity());
    }

    final void start(List<Filter> filters, UnaryOperator<Container.Application> change) throws Exception {
        container = container();
        port = container.start(change.apply(new Container.Application(filters, servlets)));
    }

    @AfterEach
    final void stop() throws Exception {
        if (container != null) {
            container.stop();
        }
        opened.forEach(LecternAuth::close);
    }

    @AfterEach
    final void closeLog() {
        log.close();
    }

    /** Issues a token of tenant 123. */
    final IssuedToken issue(String scopes) {
        return issue("123", settings -> settings.scopes(ScopeSet.parse(scopes)));
    }

    final IssuedToken issue(String tenantId, UnaryOperator<NewToken> settings) {
        NewToken common = NewToken.named("a test's").scopes(ScopeSet.parse("read:learners"));
        return auth.tenant(tenantId).tokens().issue(settings.apply(common)).orElseThrow();
    }

    static String bearer(IssuedToken token) {
        return "Authorization: Bearer " + token.secret().expose();
    }

    /** Sends a request with the request line and headers exactly as given. */
    final Reply raw(String requestLine, String... headers) throws IOException {
        return RawHttp.send(port, requestLine + " HTTP/1.1", List.of(headers), "");
    }

    /** Returns only the status of the response, for a request whose connection may stay open. */
    final int rawStatus(String requestLine, String... headers) throws IOException {
        return RawHttp.status(port, requestLine + " HTTP/1.1", List.of(headers));
    }

    final Reply rawWithBody(String requestLine, String body, String... headers) throws IOException {
        return RawHttp.send(port, requestLine + " HTTP/1.1", List.of(headers), body);
    }

    /** Sends these headers and this part of a body, and nothing more. */
    final Reply rawBrokenOff(String requestLine, String body, String... headers) throws IOException {
        return RawHttp.sendAndHalfClose(port, requestLine + " HTTP/1.1", List.of(headers), body);
    }

    final Reply get(String path, String... headers) {
        return call("GET", path, headers);
    }

    final Reply call(String method, String path, String... headers) {
        return send(method, path, BodyPublishers.noBody(), headers);
    }

    /** Sends a request with a client library. Headers have the form {@code Name: value}. */
    final Reply send(String method, String path, BodyPublisher body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .method(method, body);
        for (String header : headers) {
            int colon = header.indexOf(": ");
            request.header(header.substring(0, colon), header.substring(colon + 2));
        }
        try {
            HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
            Map<String, List<String>> names = new LinkedHashMap<>();
            response.headers().map().forEach((name, values) -> names.put(name.toLowerCase(Locale.ROOT), values));
            return new Reply(response.statusCode(), names, response.body());
        } catch (IOException broken) {
            throw new AssertionError(method + " " + path + " was not answered", broken);
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** Sends a GET and returns the body as it was received. */
    final HttpResponse<InputStream> bytes(String path, String header) throws IOException, InterruptedException {
        int colon = header.indexOf(": ");
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20))
                .header(header.substring(0, colon), header.substring(colon + 2))
                .build();
        return CLIENT.send(request, BodyHandlers.ofInputStream());
    }

    /** Returns the tenant's audit rows: the calls, or else the changes of tokens. */
    final List<AuditEvent> rows(String tenantId, boolean calls) {
        return events.read(tenantId, null, null, CursorPage.START, 10_000).items().stream()
                .filter(row -> row.event().equals(AuditEvent.CALL) == calls)
                .toList();
    }

    /** Returns the only recorded call of tenant 123. Waits for its status, which is written in the background. */
    final AuditEvent onlyCall() {
        Patience.await()
                .until(() -> rows("123", true).stream()
                        .findFirst()
                        .map(AuditEvent::status)
                        .isPresent());
        assertThat(rows("123", true)).hasSize(1);
        return rows("123", true).get(0);
    }

    static String[] and(String[] headers, String... more) {
        List<String> all = new ArrayList<>(Arrays.asList(headers));
        all.addAll(Arrays.asList(more));
        return all.toArray(String[]::new);
    }
}
