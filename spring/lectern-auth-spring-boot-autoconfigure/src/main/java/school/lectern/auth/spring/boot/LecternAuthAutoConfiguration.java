package school.lectern.auth.spring.boot;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.EmbeddedDatabaseConnection;
import org.springframework.boot.sql.init.dependency.DependsOnDatabaseInitialization;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.LecternAuthBuilder;
import school.lectern.auth.address.IpRange;
import school.lectern.auth.address.TrustedProxies;
import school.lectern.auth.dialect.Dialect;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.spi.AuthListener;
import school.lectern.auth.spi.AuthMetrics;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spi.StorageException;
import school.lectern.auth.spi.TenantDirectory;
import school.lectern.auth.token.TokenHasher;
import school.lectern.auth.version.VersionPolicy;

/** Opens a {@link LecternAuth} over the application's database, or in memory, from properties and beans. */
@AutoConfiguration(
        afterName = {
            "org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration",
            "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration"
        })
@ConditionalOnProperty(name = "lectern.auth.enabled", matchIfMissing = true)
@EnableConfigurationProperties(LecternAuthProperties.class)
public final class LecternAuthAutoConfiguration {

    static final String TRUSTED_PROXIES = "lecternAuthTrustedProxies";

    @Bean
    @ConditionalOnMissingBean
    Dialect lecternAuthDialect(LecternAuthProperties properties) {
        return properties.dialect().dialect();
    }

    @Bean(TRUSTED_PROXIES)
    @ConditionalOnMissingBean
    TrustedProxies lecternAuthTrustedProxies(LecternAuthProperties properties) {
        return TrustedProxies.of(properties.trustedProxies().stream()
                .map(LecternAuthAutoConfiguration::range)
                .toList());
    }

    private static IpRange range(String text) {
        try {
            return IpRange.parse(text);
        } catch (IllegalArgumentException malformed) {
            throw new LecternAuthConfigurationException(
                    "lectern.auth.trusted-proxies contains " + text + ", which is neither an address nor a CIDR block",
                    "Write addresses such as 10.0.0.5 and blocks such as 10.0.0.0/8",
                    malformed);
        }
    }

    @Bean
    @ConditionalOnMissingBean({Storage.class, LecternAuth.class})
    @ConditionalOnProperty(name = "lectern.auth.storage", havingValue = "memory")
    Storage lecternAuthStorage() {
        return InMemoryStorage.create();
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    @DependsOnDatabaseInitialization
    LecternAuth lecternAuth(
            LecternAuthProperties properties,
            Dialect dialect,
            ObjectProvider<Storage> storage,
            ObjectProvider<TenantDirectory> tenants,
            ObjectProvider<VersionPolicy> versions,
            ObjectProvider<AuthListener> listener,
            ObjectProvider<AuthMetrics> metrics,
            ObjectProvider<TokenHasher> hasher,
            ObjectProvider<LecternAuthCustomizer> customizers) {
        Storage used = only(storage);
        return explained(() -> {
            LecternAuthBuilder builder = LecternAuth.builder(dialect);
            // A customizer may set any of these itself.
            builder.defaults(defaults -> {
                defaults.storage(used);
                ifSet(properties.limits().mode(), defaults::limits);
                ifSet(properties.audit().mode(), defaults::audit);
                defaults.auditBudget(properties.audit().budget().asSetting());
                ifSet(properties.defaultLifetime(), defaults::defaultLifetime);
                ifSet(properties.maxLifetime(), defaults::maxLifetime);
                ifSet(properties.idleTimeout(), defaults::idleTimeout);
                ifSet(properties.maxLiveTokensPerTenant(), defaults::maxLiveTokensPerTenant);
                ifSet(properties.maxLiveTokensPerCreator(), defaults::maxLiveTokensPerCreator);
                if (!properties.expiryNotices().isEmpty()) {
                    defaults.expiryNotices(properties.expiryNotices().toArray(Duration[]::new));
                }
                if (properties.detectReuse()) {
                    defaults.detectReuse();
                }
                if (properties.requireKnownTenants()) {
                    defaults.requireKnownTenants();
                }
                if (properties.requireSecureTransport()) {
                    defaults.requireSecureTransport();
                }
                setCache(properties.cache(), defaults);
                tenants.ifAvailable(defaults::tenants);
                versions.ifAvailable(defaults::versions);
                listener.ifAvailable(defaults::listener);
                metrics.ifAvailable(defaults::metrics);
                hasher.ifAvailable(defaults::hasher);
            });
            customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
            return builder.open();
        });
    }

    private static Storage only(ObjectProvider<Storage> storage) {
        Storage found = storage.getIfAvailable();
        if (found == null) {
            throw new LecternAuthConfigurationException(
                    "lectern-auth has no storage: lectern-auth-jdbc is not on the class path",
                    "Add lectern-auth-jdbc, define a bean of type Storage, or set lectern.auth.storage=memory");
        }
        return found;
    }

    private static void setCache(LecternAuthProperties.Cache cache, LecternAuthBuilder builder) {
        if (!cache.enabled()) {
            builder.withoutCache();
        } else if (cache.isSet()) {
            builder.cache(settings -> {
                ifSet(cache.maxTokens(), settings::maxTokens);
                ifSet(cache.maxSize(), size -> settings.maxBytes(size.toBytes()));
                ifSet(cache.pollEvery(), settings::pollEvery);
                ifSet(cache.readsAtOnce(), settings::readsAtOnce);
            });
        }
    }

    /** In place of a PropertyMapper of Spring Boot, which treats null differently in its versions 3 and 4. */
    private static <T> void ifSet(@Nullable T value, Consumer<T> setting) {
        if (value != null) {
            setting.accept(value);
        }
    }

    /** Names the way out, should a setting of a builder be wrong. */
    private static <T> T explained(Supplier<T> opened) {
        try {
            return opened.get();
        } catch (StorageException failed) {
            throw StorageFailure.of(failed);
        } catch (IllegalArgumentException wrong) {
            throw new LecternAuthConfigurationException(
                    "lectern-auth was not opened: " + wrong.getMessage(),
                    "Correct the property lectern.auth.* or the bean that sets this",
                    wrong);
        }
    }

    /** Storage in the application's database, if it has the module for it. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(JdbcStorage.class)
    @ConditionalOnMissingBean({Storage.class, LecternAuth.class})
    @ConditionalOnProperty(name = "lectern.auth.storage", havingValue = "jdbc", matchIfMissing = true)
    static class Jdbc {

        @Bean
        @DependsOnDatabaseInitialization
        Storage lecternAuthStorage(
                LecternAuthProperties properties,
                @LecternDataSource ObjectProvider<DataSource> own,
                ObjectProvider<DataSource> dataSources,
                ObjectProvider<JdbcStorageCustomizer> customizers,
                Environment environment) {
            LecternAuthProperties.Jdbc jdbc = properties.jdbc();
            DataSource dataSource = dataSource(own, dataSources);
            H2File.requireOpenUntilTheEnd(dataSource, environment);
            return explained(() -> {
                JdbcStorage.Builder builder = JdbcStorage.builder(dataSource);
                builder.defaults(defaults -> {
                    defaults.tablePrefix(jdbc.tablePrefix())
                            .deadline(jdbc.deadline())
                            .auditSettling(jdbc.auditSettling());
                    if (jdbc.galeraWithOneWriter()) {
                        defaults.galeraWithOneWriter();
                    }
                });
                if (!createsTables(jdbc.initializeSchema(), dataSource)) {
                    builder.existingTables();
                }
                customizers.orderedStream().forEach(customizer -> customizer.customize(builder));
                return builder.build();
            });
        }

        private static boolean createsTables(LecternAuthProperties.SchemaInitialization when, DataSource dataSource) {
            return switch (when) {
                case ALWAYS -> true;
                case NEVER -> false;
                case EMBEDDED -> EmbeddedDatabaseConnection.isEmbedded(dataSource);
            };
        }

        private static DataSource dataSource(ObjectProvider<DataSource> own, ObjectProvider<DataSource> dataSources) {
            return Optional.ofNullable(own.getIfAvailable())
                    .or(() -> Optional.ofNullable(dataSources.getIfUnique()))
                    .orElseThrow(() -> dataSources.stream().findAny().isPresent()
                            ? new LecternAuthConfigurationException(
                                    "lectern-auth found several DataSource beans, and none of them is marked",
                                    "Mark one with @LecternDataSource or @Primary")
                            : new LecternAuthConfigurationException(
                                    "lectern-auth found no DataSource to store tokens in",
                                    "Configure spring.datasource.*, or set lectern.auth.storage=memory for tokens that end"
                                            + " with the process"));
        }
    }
}
