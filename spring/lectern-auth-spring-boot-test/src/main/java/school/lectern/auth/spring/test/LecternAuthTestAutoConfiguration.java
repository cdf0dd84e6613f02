package school.lectern.auth.spring.test;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.memory.InMemoryStorage;
import school.lectern.auth.spi.Storage;
import school.lectern.auth.spring.boot.LecternAuthAutoConfiguration;

/** Stores tokens in memory. Only tests import it: it is in no file of the auto-configurations of an application. */
@AutoConfiguration(before = LecternAuthAutoConfiguration.class)
@ConditionalOnProperty(name = "lectern.auth.enabled", matchIfMissing = true)
public final class LecternAuthTestAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean({Storage.class, LecternAuth.class})
    Storage lecternAuthStorage() {
        return InMemoryStorage.create();
    }
}
