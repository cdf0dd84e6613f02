package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import school.lectern.auth.address.IpAddress;
import school.lectern.auth.address.IpAllowlist;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.audit.AuditEvent;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.decision.AuthError;
import school.lectern.auth.decision.AuthRequest;
import school.lectern.auth.decision.Decision;
import school.lectern.auth.decision.Decision.Allowed;
import school.lectern.auth.decision.Decision.Denied;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.format.Secret;
import school.lectern.auth.format.TokenBody;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.format.TokenFormat;
import school.lectern.auth.limit.LimitKey;
import school.lectern.auth.limit.LimitStatus;
import school.lectern.auth.limit.LimitTake;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.ChangeFeed;
import school.lectern.auth.spi.CursorPage;
import school.lectern.auth.spi.FoundTokens;
import school.lectern.auth.spi.GroupRevocation;
import school.lectern.auth.spi.InsertResult;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.SingleRevocation;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenConstraints;
import school.lectern.auth.spi.TokenFilter;
import school.lectern.auth.spi.TokenInsert;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.spi.TokenStore.WriteResult;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.time.Moment;
import school.lectern.auth.token.ExpiryNotice;
import school.lectern.auth.token.IssuedToken;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.Token;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenLookup;

/** A LecternAuth over in-memory stores. A test can make each store fail, and it controls the clock. */
final class Fixture implements AutoCloseable {

    static final String TENANT = "school-1";
    static final Actor APP = Actor.application();

    /** The Lectern dialect with tokens of two parts: a public key and a secret. */
    static final Dialect TWO_PARTS = Lectern.DIALECT.toBuilder()
            .format(TokenFormat.builder()
                    .publicKey("tapub_", TokenBody.of(TokenBody.BASE62, 20), ".")
                    .prefix("tasec_")
                    .body(TokenBody.of(TokenBody.BASE62, 43))
                    .build())
            .build();

    final MutableClock clock = new MutableClock("2026-05-07T13:23:30Z");
    final InMemoryAuditLog changes = new InMemoryAuditLog();
    final Audit calls = new Audit();
    final Tokens tokens = new Tokens(changes);
    final Limits limits = new Limits(new InMemoryLimitStore(Clocks.of(clock)));
    final LecternAuth auth;

    Fixture() {
        this(Lectern.DIALECT);
    }

    Fixture(Dialect dialect) {
        this(dialect, settings -> settings);
    }

    Fixture(AuditMode recording) {
        this(Lectern.DIALECT, recording);
    }

    Fixture(Dialect dialect, AuditMode recording) {
        this.auth = LecternAuth.builder(dialect)
                .tokens(tokens)
                .clock(clock)
                .limits(limits)
                .audit(calls, recording)
                .open();
    }

    Fixture(Dialect dialect, UnaryOperator<LecternAuthBuilder> settings) {
        LecternAuthBuilder builder = LecternAuth.builder(dialect)
                .defaults(usual -> usual.tokens(tokens).clock(clock).limits(limits));
        this.auth = settings.apply(builder).open();
    }

    @Override
    public void close() {
        auth.close();
    }

    static NewToken settings() {
        return NewToken.named("CI").scopes("read:learners");
    }

    static NewToken asNew(TokenSettings<?> settings) {
        return settings instanceof NewToken token ? token : copied(settings, NewToken.named(""));
    }

    static TokenUpdate asUpdate(TokenSettings<?> settings) {
        return settings instanceof TokenUpdate update ? update : copied(settings, new TokenUpdate());
    }

    /** Returns an import of a token from another system, with the settings that new tokens have. */
    ImportedToken imported(String tenantId) {
        TokenHash hash = TokenHash.of("sha256", "ab".repeat(32));
        return imported(
                ImportedToken.of(tenantId, TokenEnvironment.LIVE, hash, "sk_live_lectern_abcd", clock.instant()),
                settings());
    }

    static ImportedToken imported(ImportedToken token, TokenSettings<?> settings) {
        return copied(settings, token);
    }

    /** Adds the settings to others, which are returned. */
    private static <T extends TokenSettings<T>> T copied(TokenSettings<?> settings, T other) {
        other.edits.addAll(settings.edits);
        other.fields.addAll(settings.fields);
        return other;
    }

    static IpAllowlist allowlist(String block) {
        return IpAllowlist.of(List.of(IpRange.parse(block)));
    }

    Moment now() {
        return Clocks.of(clock).now();
    }

    IssuedToken issue() {
        return issue(settings());
    }

    IssuedToken issue(NewToken settings) {
        return auth.tenant(TENANT).tokens().actingAs(APP).issue(settings).orElseThrow();
    }

    StoredToken stored(IssuedToken token) {
        return tokens.get(TENANT, token.id()).orElseThrow();
    }

    Decision judge(Ask ask) {
        try {
            return auth.authenticate(ask.request(), ask.requirement);
        } catch (Throwable thrown) {
            // Wrapped, because JUnit aborts the whole run on an OutOfMemoryError.
            throw new AssertionError("authenticate must not throw", thrown);
        }
    }

    Allowed allowed(Ask ask) {
        Decision decision = judge(ask);
        assertThat(decision).isInstanceOf(Allowed.class);
        return (Allowed) decision;
    }

    Denied denied(Ask ask) {
        Decision decision = judge(ask);
        assertThat(decision).isInstanceOf(Denied.class);
        return (Denied) decision;
    }

    AuthError.Kind refusal(Ask ask) {
        return denied(ask).error().kind();
    }

    List<AuditEvent> changes() {
        return eventsIn(changes);
    }

    List<String> changeNames() {
        return changes().stream().map(AuditEvent::event).toList();
    }

    private static List<AuditEvent> eventsIn(AuditLog log) {
        return log.read(TENANT, null, null, CursorPage.START, Integer.MAX_VALUE).items();
    }

    /** Returns the audit event of the call made with that token. */
    AuditEvent eventOf(IssuedToken token) {
        Token stored = token.token();
        return AuditEvent.builder("late", clock.instant(), AuditEvent.CALL, "allowed")
                .requestId("req_late")
                .tenantId(stored.tenantId())
                .tokenId(stored.id())
                .method("GET")
                .endpoint("/")
                .build();
    }

    static AuthError refused(Outcome<?> outcome) {
        assertThat(outcome).isInstanceOf(Outcome.Refused.class);
        return ((Outcome.Refused<?>) outcome).error();
    }

    /** Returns the token's secret with a different last character: well-formed, but wrong. */
    static Secret wrong(IssuedToken token) {
        String text = token.secret().expose();
        char last = text.charAt(text.length() - 1);
        return Secret.of(text.substring(0, text.length() - 1) + (last == 'x' ? 'y' : 'x'));
    }

    /** A request and its requirement. */
    static final class Ask {
        private static final AtomicInteger COUNT = new AtomicInteger();

        private final Map<String, List<String>> headers = new HashMap<>();
        private Requirement requirement = Requirement.anyToken();
        private String method = "GET";
        private String path = "/v1/learners";
        private @Nullable IpAddress address = IpAddress.parse("10.1.1.1").orElseThrow();

        static Ask with(Secret secret) {
            return header("Bearer " + secret.expose());
        }

        static Ask with(IssuedToken token) {
            return with(token.secret());
        }

        static Ask header(String... values) {
            Ask ask = new Ask();
            ask.headers.put("Authorization", List.of(values));
            return ask;
        }

        Ask method(String name) {
            method = name;
            return this;
        }

        Ask path(String text) {
            path = text;
            return this;
        }

        Ask from(@Nullable String text) {
            address = text == null ? null : IpAddress.parse(text).orElseThrow();
            return this;
        }

        Ask version(String... pins) {
            headers.put("Lectern-Version", List.of(pins));
            return this;
        }

        Requirement requirement() {
            return requirement;
        }

        Ask needing(Requirement needed) {
            requirement = needed;
            return this;
        }

        Ask needing(String scope) {
            return needing(Requirement.scope(scope));
        }

        AuthRequest request() {
            Map<String, List<String>> sent = Map.copyOf(headers);
            return new AuthRequest(
                    "req_" + COUNT.incrementAndGet(),
                    method,
                    path,
                    address,
                    name -> sent.getOrDefault(name, List.of()));
        }
    }

    /** A token store that counts its calls and whose {@code find} can be made to fail. */
    static final class Tokens implements TokenStore {
        final InMemoryTokenStore real;
        final AtomicInteger finds = new AtomicInteger();
        final AtomicInteger notes = new AtomicInteger();
        volatile @Nullable Supplier<List<StoredToken>> findInstead;
        volatile @Nullable Supplier<Noted> noteInstead;
        volatile @Nullable Supplier<Boolean> claimInstead;
        volatile Runnable beforeChange = () -> {};
        volatile Runnable beforeInsert = () -> {};
        volatile Runnable beforeGroupRevocation = () -> {};
        volatile Runnable afterInsert = () -> {};
        volatile @Nullable ChangeFeed feed;
        final List<AuditEvent> erasures = new CopyOnWriteArrayList<>();
        int deletionsUntilFailure = Integer.MAX_VALUE;

        Tokens(InMemoryAuditLog audit) {
            this.real = new InMemoryTokenStore(audit);
        }

        @Override
        public FoundTokens find(TokenLookup lookup) {
            finds.incrementAndGet();
            Supplier<List<StoredToken>> instead = findInstead;
            return instead == null ? real.find(lookup) : FoundTokens.stored(instead.get());
        }

        @Override
        public Optional<ChangeFeed> changes() {
            return Optional.ofNullable(feed);
        }

        @Override
        public Optional<StoredToken> get(String tenantId, String tokenId) {
            return real.get(tenantId, tokenId);
        }

        @Override
        public List<StoredToken> list(TokenFilter filter) {
            return real.list(filter);
        }

        @Override
        public boolean isNameTaken(String tenantId, String name, Instant now) {
            return real.isNameTaken(tenantId, name, now);
        }

        @Override
        public InsertResult insert(StoredToken token, TokenConstraints rule, List<AuditEvent> events) {
            beforeInsert.run();
            InsertResult inserted = real.insert(token, rule, events);
            afterInsert.run();
            return inserted;
        }

        @Override
        public WriteResult update(StoredToken changed, TokenConstraints rule, List<AuditEvent> events) {
            beforeChange.run();
            return real.update(changed, rule, events);
        }

        @Override
        public WriteResult rotate(
                StoredToken predecessor, StoredToken successor, TokenConstraints rule, List<AuditEvent> events) {
            beforeChange.run();
            return real.rotate(predecessor, successor, rule, events);
        }

        @Override
        public WriteResult revoke(SingleRevocation revocation) {
            return real.revoke(revocation);
        }

        @Override
        public long revokeAll(GroupRevocation revocation) {
            beforeGroupRevocation.run();
            return real.revokeAll(revocation);
        }

        @Override
        public List<InsertResult> insertAll(List<TokenInsert> tokens) {
            return real.insertAll(tokens);
        }

        @Override
        public WriteResult setSuspended(String tenantId, @Nullable Instant since, List<AuditEvent> events) {
            return real.setSuspended(tenantId, since, events);
        }

        @Override
        public WriteResult setGone(String tenantId, Instant since, List<AuditEvent> events) {
            return real.setGone(tenantId, since, events);
        }

        @Override
        public boolean isGone(String tenantId) {
            return real.isGone(tenantId);
        }

        @Override
        public WriteResult setErased(String tenantId, List<AuditEvent> events) {
            WriteResult outcome = real.setErased(tenantId, events);
            if (outcome == WriteResult.APPLIED) {
                erasures.addAll(events);
            }
            return outcome;
        }

        @Override
        public int deleteErased(String tenantId, int limit) {
            if (deletionsUntilFailure-- == 0) {
                throw new StorageException("cut off");
            }
            return real.deleteErased(tenantId, limit);
        }

        @Override
        public WriteResult rehash(StoredToken changed, List<AuditEvent> events) {
            beforeChange.run();
            return real.rehash(changed, events);
        }

        @Override
        public Noted recordLastUsed(Map<String, Instant> usedAt, Duration apart) {
            notes.incrementAndGet();
            Supplier<Noted> instead = noteInstead;
            if (instead != null) {
                return instead.get();
            }
            return real.recordLastUsed(usedAt, apart);
        }

        @Override
        public boolean claimExpiryNotice(StoredToken token, ExpiryNotice notice) {
            Supplier<Boolean> instead = claimInstead;
            return instead != null ? instead.get() : real.claimExpiryNotice(token, notice);
        }
    }

    /** A limit store that counts its calls and can be made to fail. */
    static final class Limits implements LimitStore {
        private final InMemoryLimitStore real;
        final List<LimitKey> taken = new CopyOnWriteArrayList<>();
        volatile @Nullable Supplier<LimitStatus> instead;
        volatile Runnable beforePutBack = () -> {};

        Limits(InMemoryLimitStore real) {
            this.real = real;
        }

        @Override
        public LimitStatus take(LimitTake take, Moment now) {
            taken.add(take.key());
            Supplier<LimitStatus> jammed = instead;
            return jammed == null ? real.take(take, now) : jammed.get();
        }

        @Override
        public Reservation reserve(LimitTake take, Moment now) {
            taken.add(take.key());
            Supplier<LimitStatus> jammed = instead;
            Reservation reserved = jammed == null ? real.reserve(take, now) : null;
            LimitStatus status = jammed == null ? reserved.status() : jammed.get();
            return new Reservation() {
                @Override
                public LimitStatus status() {
                    return status;
                }

                @Override
                public void putBack() {
                    beforePutBack.run();
                    reserved.putBack();
                }
            };
        }

        @Override
        public LimitStatus peek(LimitTake take, Moment now) {
            Supplier<LimitStatus> jammed = instead;
            return jammed == null ? real.peek(take, now) : jammed.get();
        }
    }

    /** An audit log that can be made to fail, and that records whether events were appended or offered. */
    static final class Audit implements AuditLog {
        private final InMemoryAuditLog real = new InMemoryAuditLog();
        final List<AuditEvent> appended = new ArrayList<>();
        final List<AuditEvent> offered = new ArrayList<>();
        volatile @Nullable RuntimeException refusesAppend;
        volatile @Nullable RuntimeException refusesOffer;

        @Override
        public synchronized void append(AuditEvent event) {
            refuse(refusesAppend);
            appended.add(event);
            real.append(event);
        }

        @Override
        public synchronized void offer(AuditEvent event) {
            refuse(refusesOffer);
            offered.add(event);
            real.offer(event);
        }

        private static void refuse(@Nullable RuntimeException why) {
            if (why != null) {
                throw why;
            }
        }

        @Override
        public void complete(AuditEvent completed) {
            real.complete(completed);
        }

        @Override
        public long dropped() {
            return real.dropped();
        }

        @Override
        public CursorPage<AuditEvent> read(
                String tenantId, @Nullable Instant from, @Nullable Instant to, String after, int limit) {
            return real.read(tenantId, from, to, after, limit);
        }

        @Override
        public String settled() {
            return real.settled();
        }

        @Override
        public CursorPage<AuditEvent> readWritten(@Nullable String tenantId, String after, String upTo, int limit) {
            return real.readWritten(tenantId, after, upTo, limit);
        }

        @Override
        public Optional<String> tenantAfter(String tenantId) {
            return real.tenantAfter(tenantId);
        }

        @Override
        public int purge(@Nullable String tenantId, Instant before, int limit) {
            return real.purge(tenantId, before, limit);
        }

        List<AuditEvent> all() {
            return eventsIn(real);
        }
    }
}
