package com.example.learners;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import school.lectern.auth.format.Secret;
import school.lectern.auth.spi.ManagementAuthority;
import school.lectern.auth.spi.TenantDirectory;

/** Who may manage tokens, and for which tenants. With these two beans, the management API is served at /api/v1/orgs. */
@Configuration(proxyBeanMethods = false)
class Administration {

    /** One administrator with a key. An application with users identifies the user of the request's session here. */
    @Bean
    ManagementAuthority administrators(@Value("${learners.admin-key}") String key) {
        return ManagementAuthority.ofKey("X-Admin-Key", Secret.of(key));
    }

    /** The tenants are the customers of the API. */
    @Bean
    TenantDirectory customers() {
        return TenantDirectory.matching("[0-9]{1,9}");
    }
}
