package school.lectern.auth.servlet;

import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.util.Set;
import org.apache.tomcat.websocket.server.WsSci;
import org.junit.jupiter.api.Nested;

/** All behaviors in Tomcat. */
class TomcatTest {

    @Nested
    class Wire extends WireBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Providers extends ProviderBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Credentials extends CredentialBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Carriers extends CarrierBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Answers extends FilterBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Coexistence extends CoexistenceBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Paths extends PathBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Dispatches extends DispatchBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Addresses extends AddressBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Transports extends TransportBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class ManagementRequests extends ManagementRequestBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class ManagementLists extends ManagementListBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Management extends ManagementBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class UnknownTenants extends UnknownTenantBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Grants extends GrantBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class ManagementForms extends ManagementFormBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class AuditExports extends AuditExportBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Dialects extends DialectBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class ErrorBodies extends ErrorBodyBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Leaks extends LeakBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Chains extends ChainBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class ErrorPages extends ErrorPageBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Operations extends OperationBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Mappings extends MappingBehaviour {
        @Override
        Container.Extension webSocket(String path) {
            return context -> {
                new WsSci().onStartup(Set.of(), context);
                ((ServerContainer) context.getAttribute(ServerContainer.class.getName()))
                        .addEndpoint(ServerEndpointConfig.Builder.create(Echo.class, path)
                                .build());
            };
        }

        @Override
        boolean upgradesFirst() {
            return false;
        }

        @Override
        Container container() {
            return new TomcatContainer();
        }
    }

    @Nested
    class Spring extends SpringBehaviour {
        @Override
        Container container() {
            return new TomcatContainer();
        }
    }
}
