package school.lectern.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import school.lectern.auth.audit.AuditBudget;
import school.lectern.auth.audit.AuditMode;
import school.lectern.auth.cache.CachingTokenStore;
import school.lectern.auth.cache.CachingTokenStoreBuilder;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.memory.InMemoryAuditLog;
import school.lectern.auth.memory.InMemoryLimitStore;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.memory.InMemoryTokenStore;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.spi.AuditLog;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.LimitStore;
import school.lectern.auth.spi.OpenStorage;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.StorageContext;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TokenStore;
import school.lectern.auth.time.Clocks;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.version.ApiVersion;
import school.lectern.auth.version.VersionPolicy;

/**
 * An invalid setting prevents the start, and the message names it. Resources that were opened are closed exactly once; others
 * are not.
 */
class LecternAuthBuilderTest {

    /** A storage that counts its openings and closings, and that other processes may share. */
    private static final class Counted implements Storage {
        final List<String> calls = new ArrayList<>();

        @Nullable
        RuntimeException fails;

        @Override
        public OpenStorage open(StorageContext context) {
            calls.add("open");
            if (fails != null) {
                throw fails;
            }
            OpenStorage real = InMemoryStorage.create().open(context);
            return new OpenStorage() {
                @Override
                public TokenStore tokens() {
                    return real.tokens();
                }

                @Override
                public LimitStore limits() {
                    calls.add("limits");
                    return real.limits();
                }

                @Override
                public LimitStore exactLimits() {
                    calls.add("exactLimits");
                    return real.exactLimits();
                }

                @Override
                public AuditLog audit() {
                    return real.audit();
                }

                @Override
                public boolean isShared() {
                    return true;
                }

                @Override
                public Clocks clocks() {
                    return real.clocks();
                }

                @Override
                public void close() {
                    calls.add("close");
                }
            };
        }

        int count(String call) {
            return (int) calls.stream().filter(call::equals).count();
        }
    }

    private final Counted storage = new Counted();

    private static LecternAuthBuilder builder() {
        return LecternAuth.builder(Lectern.DIALECT);
    }

    private static InMemoryTokenStore tokens() {
        return new InMemoryTokenStore(new InMemoryAuditLog());
    }

    static List<Arguments> contradictions() {
        return List.of(
                wrong("storage must be set", settings -> settings),
                wrong("cache: ", settings -> settings.tokens(tokens()).withoutCache()),
                wrong("cache: ", settings -> settings.tokens(tokens()).cache(cache -> cache.maxTokens(5))),
                wrong("limits: EXACT", settings -> settings.tokens(tokens()).limits(LimitMode.EXACT)),
                wrong("limits: SHARED", settings -> settings.tokens(tokens()).limits(LimitMode.SHARED)),
                wrong("audit: DURABLE", settings -> settings.tokens(tokens()).audit(AuditMode.DURABLE)),
                wrong(
                        "requireKnownTenants",
                        settings -> settings.tokens(tokens()).requireKnownTenants()),
                wrong("expiryNotices", settings -> settings.tokens(tokens()).expiryNotices(Duration.ofDays(1))));
    }

    private static Arguments wrong(String names, UnaryOperator<LecternAuthBuilder> settings) {
        return Arguments.of(names, settings);
    }

    @ParameterizedTest
    @MethodSource("contradictions")
    void settings_that_contradict_each_other_are_refused_by_name(
            String names, UnaryOperator<LecternAuthBuilder> settings) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings.apply(builder()).open())
                .withMessageStartingWith(names);
    }

    static List<Arguments> settings() {
        return List.of(
                wrong("storage", settings -> settings.storage(InMemoryStorage.create())),
                wrong("tokens", settings -> settings.tokens(tokens())),
                wrong("cache", LecternAuthBuilder::withoutCache),
                wrong("limits", settings -> settings.limits(LimitMode.LOCAL)),
                wrong("limits", settings -> settings.limits(new InMemoryLimitStore(Clocks.system()))),
                wrong("audit", settings -> settings.audit(AuditMode.OFF)),
                wrong("audit", settings -> settings.audit(new InMemoryAuditLog(), AuditMode.OFF)),
                wrong("auditBudget", settings -> settings.auditBudget(AuditBudget.DEFAULT)),
                wrong("tenants", settings -> settings.tenants(id -> Optional.empty())),
                wrong("versions", settings -> settings.versions(VersionPolicy.released(ApiVersion.of("2026-01-01")))),
                wrong("listener", settings -> settings.listener(new AuthListener() {})),
                wrong("defaultLifetime", settings -> settings.defaultLifetime(Duration.ofDays(1))),
                wrong("maxLifetime", settings -> settings.maxLifetime(Duration.ofDays(1))),
                wrong("idleTimeout", settings -> settings.idleTimeout(Duration.ofDays(1))),
                wrong("expiryNotices", settings -> settings.expiryNotices(Duration.ofDays(1))),
                wrong("metrics", settings -> settings.metrics(AuthMetrics.NONE)),
                wrong("hasher", settings -> settings.hasher(new TokenHasher())),
                wrong("clocks", settings -> settings.clock(Clock.systemUTC())),
                wrong("clocks", settings -> settings.clocks(Clocks.system())),
                wrong("random", settings -> settings.random(new SecureRandom())));
    }

    @ParameterizedTest
    @MethodSource("settings")
    void a_setting_is_set_once(String name, UnaryOperator<LecternAuthBuilder> setting) {
        LecternAuthBuilder builder = setting.apply(builder());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> setting.apply(builder))
                .withMessage(name + " must be set once, but was set before: remove one of the calls");
    }

    @ParameterizedTest
    @MethodSource("settings")
    void a_default_may_be_set_again(String name, UnaryOperator<LecternAuthBuilder> setting) {
        LecternAuthBuilder builder = builder().defaults(setting::apply).defaults(setting::apply);

        assertThat(setting.apply(builder).defaults(setting::apply)).isSameAs(builder);
    }

    @Test
    void a_default_yields_to_a_setting_before_and_after_it() {
        LecternAuthBuilder first =
                builder().storage(storage).defaults(usual -> usual.storage(InMemoryStorage.create()));
        LecternAuthBuilder last = builder()
                .defaults(usual -> usual.storage(InMemoryStorage.create()).limits(LimitMode.EXACT))
                .limits(LimitMode.LOCAL)
                .storage(storage);

        assertThat(first.storage).isSameAs(storage);
        assertThat(last.storage).isSameAs(storage);
        assertThat(last.limitMode).isEqualTo(LimitMode.LOCAL);
    }

    private static void isRefusedTwice(String name, Runnable call) {
        call.run();
        assertThatIllegalArgumentException().isThrownBy(call::run).withMessageStartingWith(name + " must be");
    }

    @Test
    void settings_of_the_cache_the_hasher_and_the_versions_are_set_once() {
        CachingTokenStoreBuilder cache = CachingTokenStore.builder(tokens());
        TokenHasher.Builder hasher = TokenHasher.builder();
        ApiVersion first = ApiVersion.of("2026-01-01");
        VersionPolicy versions = VersionPolicy.released(first);

        isRefusedTwice("maxTokens", () -> cache.maxTokens(5));
        isRefusedTwice("maxBytes", () -> cache.maxBytes(5));
        isRefusedTwice("pollEvery", () -> cache.pollEvery(Duration.ofMillis(5)));
        isRefusedTwice("readsAtOnce", () -> cache.readsAtOnce(5));
        isRefusedTwice("metrics", () -> cache.metrics(AuthMetrics.NONE));
        isRefusedTwice("clocks", () -> cache.clocks(Clocks.system()));
        isRefusedTwice("currentPepper", () -> hasher.currentPepper(1));
        isRefusedTwice("maxWait", () -> hasher.maxWait(Duration.ZERO));
        VersionPolicy deprecated = versions.deprecate(first, Instant.EPOCH);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> deprecated.deprecate(first, Instant.EPOCH))
                .withMessageStartingWith("deprecate must be called once for a version");
        VersionPolicy ending = deprecated.sunset(first, Instant.EPOCH);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ending.sunset(first, Instant.EPOCH))
                .withMessageStartingWith("sunset must be called once for a version");
    }

    @Test
    void the_clocks_of_the_cache_are_those_of_the_library() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder()
                        .storage(storage)
                        .cache(cache -> cache.clocks(Clocks.system()))
                        .open())
                .withMessageStartingWith("clocks must be set once");
    }

    @Test
    void a_version_header_of_ones_own_needs_versions() {
        Dialect own = Lectern.DIALECT.toBuilder().versionHeader("Acme-Version").build();
        LecternAuthBuilder without = LecternAuth.builder(own).storage(storage);

        assertThatIllegalArgumentException()
                .isThrownBy(without::open)
                .withMessage("versions must be set, because dialect lectern has the version header Acme-Version: set"
                        + " versions(...), or declare the header with optionalVersionHeader if the API has no versions"
                        + " yet");
        without.versions(VersionPolicy.released(ApiVersion.of("2026-01-01")))
                .tenants(id -> Optional.empty())
                .open()
                .close();
        Dialect optional = Lectern.DIALECT.toBuilder()
                .optionalVersionHeader("Acme-Version")
                .build();
        LecternAuth.builder(optional).storage(storage).open().close();
        builder().storage(storage).open().close();
    }

    @Test
    void a_storage_is_opened_and_closed_with_the_library_and_closed_once() {
        LecternAuth auth = builder().storage(storage).open();
        assertThat(auth.tenant("1").tokens().issue(Fixture.settings())).isInstanceOf(Outcome.Done.class);
        auth.close();
        auth.close();
        assertThat(storage.count("open")).isEqualTo(1);
        assertThat(storage.count("close")).isEqualTo(1);
    }

    @Test
    void a_storage_that_was_open_before_is_left_open() {
        OpenStorage open = storage.open(StorageContext.of(Clocks.system()));
        builder().storage(open).open().close();
        assertThat(storage.count("close")).isZero();
    }

    @Test
    void a_failed_start_closes_its_resources_and_can_be_retried() {
        LecternAuthBuilder settings = builder().storage(storage).cache(cache -> {
            if (storage.count("close") == 0) {
                throw new StorageException("not yet");
            }
        });
        assertThatThrownBy(settings::open).isInstanceOf(StorageException.class);
        assertThat(storage.count("close")).isEqualTo(1);
        try (LecternAuth auth = settings.open()) {
            assertThat(auth.tenant("1").tokens().issue(Fixture.settings())).isInstanceOf(Outcome.Done.class);
        }
        assertThat(storage.count("open")).isEqualTo(2);
        assertThat(storage.count("close")).isEqualTo(2);
    }

    @Test
    void settings_of_the_cache_add_up_until_the_cache_is_switched_off() {
        List<String> applied = new ArrayList<>();
        LecternAuthBuilder settings = builder()
                .storage(storage)
                .cache(cache -> applied.add("forgotten"))
                .withoutCache()
                .cache(cache -> applied.add("first"))
                .cache(cache -> applied.add("second"));
        settings.open().close();
        assertThat(applied).containsExactly("first", "second");
    }

    @Test
    void two_that_one_builder_opens_have_a_storage_each() {
        LecternAuthBuilder settings = builder().storage(storage);
        LecternAuth first = settings.open();
        try (LecternAuth second = settings.open()) {
            first.close();
            assertThat(second.tenant("1").tokens().issue(Fixture.settings())).isInstanceOf(Outcome.Done.class);
        }
        assertThat(storage.count("close")).isEqualTo(2);
    }

    @Test
    void limits_are_counted_where_the_mode_says() {
        builder().storage(storage).open().close();
        assertThat(storage.calls).contains("limits").doesNotContain("exactLimits");
        storage.calls.clear();
        builder().storage(storage).limits(LimitMode.EXACT).open().close();
        assertThat(storage.calls).contains("exactLimits").doesNotContain("limits");
        storage.calls.clear();
        builder().storage(storage).limits(LimitMode.LOCAL).open().close();
        assertThat(storage.calls).doesNotContain("limits", "exactLimits");
    }

    @Test
    void without_a_log_there_is_none_to_read() {
        try (LecternAuth auth = builder().tokens(tokens()).open()) {
            assertThatThrownBy(auth::audit)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("set storage(...)");
        }
    }

    @Test
    void a_cache_around_a_cache_is_refused() {
        try (CachingTokenStore inner = CachingTokenStore.builder(tokens())
                .clocks(Clocks.of(Clock.systemUTC()))
                .open()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> CachingTokenStore.builder(inner).open())
                    .withMessageContaining("cache the store that it reads");
        }
    }
}
